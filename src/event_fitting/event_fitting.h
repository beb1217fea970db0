// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "event_fitting/scored_recording.h"
#include "event_scoring/event_counts.h"
#include "events/event_rule.h"

#include <optional>
#include <string>
#include <vector>

/// The rules of events, from annotated recordings.
namespace soundfold::event_fitting {

/// How rules are chosen.
struct FitOptions {
  /// Rules with more false alarms per hour than this, of each class, are taken only when no other was found.
  double most_false_alarms_per_hour = 1;
  int fold_count = 5;  ///< of the cross-validation, 2 to 100; fewer where there are fewer blocks
  int threads = 1;
  event_scoring::ScoringOptions scoring;
};

/// What was fitted to one class.
struct FittedRule {
  events::EventRule rule;
  std::int64_t annotated = 0;                      ///< events
  double event_f1 = 0, false_alarms_per_hour = 0;  ///< on the recordings that it was fitted to
  /// By cross-validation: of each fold, with the rule that was fitted to the others.
  double checked_event_f1 = 0, checked_false_alarms_per_hour = 0;
};

/// What was fitted to all.
struct FittedRules {
  events::EventRules rules;                         ///< its false alarms per hour are those of the cross-validation
  std::vector<std::optional<FittedRule>> of_class;  ///< [K]; nothing: no event is annotated
};

/// Chooses on, off, smooth_s, min_duration_s, max_gap_s and trim_s of each class with annotated events, so that its
/// event-based F1 (event_scoring) is largest among rules within the limit of false alarms; where no rule keeps it, the
/// one of the fewest. The search goes along one value after the other on a grid, in turn until nothing gains, from
/// several starts. Blocks of recordings (options.scoring.block_s) are dealt to the folds of the cross-validation by
/// turns. `scored` and `references` belong together, one by one, and have one hop. Throws UsageError for no recording,
/// several hops, or when no event of any class is annotated; Interrupted on request.
FittedRules fit_rules(const std::vector<ScoredRecording>& scored, const std::vector<events::Recording>& references,
                      const std::vector<std::string>& class_names, const FitOptions& options = {});

}  // namespace soundfold::event_fitting
