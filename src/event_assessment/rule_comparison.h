// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "event_fitting/scored_recording.h"
#include "event_scoring/event_counts.h"
#include "events/event_rule.h"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace soundfold::event_assessment {

/// What rules are compared on.
struct ComparedScores {
  const std::vector<event_fitting::ScoredRecording>& scored;
  const std::vector<events::Recording>& references;  ///< of each of them
  const std::vector<std::string>& class_names;       ///< [K]
};

/// The model's rules beside those of Frigate, MediaPipe and sherpa-onnx, on the same scores.
struct RuleComparison {
  std::string text;     ///< a table
  nlohmann::json json;  ///< [{"rule": "this model's", "event_f1": .., "event_f1_interval": [.., ..], ...}, ...]
};

/// Measures (event_scoring) of each rule with 95 % intervals by bootstrap over blocks of options.block_s, and of this
/// model's less each other's event-based F1 and false alarms per hour, in pairs. PSDS1 and PSDS2 are those of 50
/// thresholds from 0.01 to 0.99, all else of a rule left as it is. Classes without rules are left out.
RuleComparison compare_rules(const ComparedScores& scores, const events::EventRules& own,
                             const event_scoring::ScoringOptions& options);

}  // namespace soundfold::event_assessment
