// SPDX-License-Identifier: Apache-2.0
#include "event_fitting/event_fitting.h"

#include "event_fitting/internal/rule_search.h"
#include "event_scoring/event_measures.h"
#include "support/errors.h"
#include "support/progress.h"
#include "support/threads.h"
#include "text/text.h"

#include <algorithm>

namespace soundfold::event_fitting {
namespace {

void check_fit(const std::vector<ScoredRecording>& scored, const std::vector<events::Recording>& references,
               const FitOptions& options) {
  if (scored.empty()) throw UsageError("rules of events need at least one annotated recording");
  if (scored.size() != references.size()) throw UsageError("rules of events: not one annotation for each recording");
  for (const auto& recording : scored) {
    if (recording.hop_s != scored.front().hop_s) throw UsageError("rules of events: recordings of several hops");
  }
  if (options.fold_count < 2 || options.fold_count > 100) {
    throw UsageError("rules of events: " + std::to_string(options.fold_count) + " folds; 2 to 100 are allowed");
  }
  if (!(options.most_false_alarms_per_hour >= 0)) {
    throw UsageError("rules of events: the limit of false alarms per hour must be at least 0");
  }
}

std::int64_t annotated_events(const std::vector<events::Recording>& references, const std::string& label) {
  std::int64_t count = 0;
  for (const auto& recording : references) {
    count += std::count_if(recording.events.begin(), recording.events.end(),
                           [&](const events::Event& event) { return event.label == label; });
  }
  return count;
}

/// Counts of every block by the rule that was fitted without its fold.
event_scoring::BlockCounts checked_counts(RuleSearch& search, int fold_count) {
  const std::size_t blocks = search.block_count(),
                    folds = std::min<std::size_t>(blocks, static_cast<std::size_t>(fold_count));
  std::vector<event_scoring::BlockCounts> held_out;
  for (std::size_t fold = 0; fold < folds; ++fold) {
    std::vector<int> others(blocks, 1), own(blocks, 0);
    for (std::size_t block = fold; block < blocks; block += folds) others[block] = 0, own[block] = 1;
    if (folds == 1) others = own;
    held_out.push_back(event_scoring::sum_of(search.counts(search.best(others)), own));
  }
  return event_scoring::sum_of(held_out);
}

FittedRule fitted_rule(RuleSearch& search, int fold_count) {
  const auto point = search.best(std::vector<int>(search.block_count(), 1));
  const auto own = event_scoring::measures_of(event_scoring::sum_of(search.counts(point))).all;
  const auto checked = event_scoring::measures_of(checked_counts(search, fold_count)).all;
  FittedRule fitted;
  fitted.rule = search.grid().rule(point);
  fitted.annotated = own.counts.references;
  fitted.event_f1 = own.event.f1;
  fitted.false_alarms_per_hour = own.false_alarms_per_hour;
  fitted.checked_event_f1 = checked.event.f1;
  fitted.checked_false_alarms_per_hour = checked.false_alarms_per_hour;
  return fitted;
}

}  // namespace

FittedRules fit_rules(const std::vector<ScoredRecording>& scored, const std::vector<events::Recording>& references,
                      const std::vector<std::string>& class_names, const FitOptions& options) {
  check_fit(scored, references, options);
  std::vector<std::size_t> chosen;
  for (std::size_t k = 0; k < class_names.size(); ++k) {
    if (annotated_events(references, class_names[k]) > 0) chosen.push_back(k);
  }
  if (chosen.empty()) {
    throw UsageError("rules of events: none of the classes (" + shown(join(class_names)) + ") is annotated");
  }
  FittedRules fitted;
  fitted.of_class.resize(class_names.size());
  Progress progress("fitting", static_cast<std::int64_t>(chosen.size()), "classes");
  share_work(chosen.size(), options.threads, {}, [&](std::size_t i) {
    const std::size_t k = chosen[i];
    RuleSearch search(scored, references, class_names[k], k, class_names.size(), options);
    fitted.of_class[k] = fitted_rule(search, options.fold_count);
    progress.advance();
  });
  double false_alarms = 0;
  for (const auto& of_class : fitted.of_class) {
    fitted.rules.of_class.push_back(of_class ? std::optional(of_class->rule) : std::nullopt);
    if (of_class) false_alarms += of_class->checked_false_alarms_per_hour;
  }
  fitted.rules.hop_s = scored.front().hop_s;
  fitted.rules.false_alarms_per_hour = false_alarms;
  return fitted;
}

}  // namespace soundfold::event_fitting
