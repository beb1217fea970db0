// SPDX-License-Identifier: Apache-2.0
#include "event_fitting/internal/rule_search.h"

#include "event_scoring/event_measures.h"
#include "support/interrupt.h"

#include <cmath>
#include <utility>

namespace soundfold::event_fitting {

RuleSearch::RuleSearch(const std::vector<ScoredRecording>& scored, const std::vector<events::Recording>& references,
                       std::string label, std::size_t class_index, std::size_t class_count, const FitOptions& options)
    : scored_(scored),
      references_(references),
      label_{std::move(label)},
      options_(options),
      windows_(windows_of_class(scored, class_index, class_count)),
      grid_(scored.at(0).hop_s, all_probabilities(windows_)) {}

std::vector<RuleSearch::Windows> RuleSearch::windows_of_class(const std::vector<ScoredRecording>& scored,
                                                              std::size_t class_index, std::size_t class_count) {
  std::vector<Windows> recordings(scored.size());
  for (std::size_t i = 0; i < scored.size(); ++i) {
    auto& [probabilities, windows] = recordings[i];
    windows = windows_of(scored[i], class_count);
    for (const auto& window : windows) probabilities.push_back(window.probabilities[class_index]);
    for (std::size_t n = 0; n < windows.size(); ++n) windows[n].probabilities = &probabilities[n];
  }
  return recordings;
}

std::vector<double> RuleSearch::all_probabilities(const std::vector<Windows>& recordings) {
  std::vector<double> all;
  for (const auto& [probabilities, windows] : recordings) {
    all.insert(all.end(), probabilities.begin(), probabilities.end());
  }
  return all;
}

const std::vector<event_scoring::BlockCounts>& RuleSearch::counts(const RuleGrid::Point& point) {
  const auto known = known_.find(point);
  if (known != known_.end()) return known->second;
  throw_if_interrupted("stopped while rules were fitted");
  events::EventRules rules;
  rules.of_class = {grid_.rule(point)};
  auto& all = known_[point];
  for (std::size_t i = 0; i < scored_.size(); ++i) {
    const auto found = events::find_events(windows_[i].windows, label_, rules, scored_[i].hop_s, scored_[i].seconds);
    for (auto& block : event_scoring::count_events(references_[i], found, label_, options_.scoring)) {
      block.of_class[0].delays_s = {};  // not needed here, and there are many
      all.push_back(std::move(block));
    }
  }
  return all;
}

std::size_t RuleSearch::block_count() {
  return counts(grid_.starts().front()).size();
}

/// F1, or below 0 and lower with each false alarm above the limit.
double RuleSearch::quality(const RuleGrid::Point& point, const std::vector<int>& times) {
  const auto measures = event_scoring::measures_of(event_scoring::sum_of(counts(point), times)).all;
  const double beyond = measures.false_alarms_per_hour - options_.most_false_alarms_per_hour;
  if (beyond > 0) return -beyond;
  return std::isnan(measures.event.f1) ? 0 : measures.event.f1;
}

/// Each axis in turn takes its best value, until none gains.
RuleGrid::Point RuleSearch::climbed(RuleGrid::Point point, const std::vector<int>& times) {
  double best_quality = quality(point, times);
  for (bool gains = true; gains;) {
    gains = false;
    for (std::size_t axis = 0; axis < point.size(); ++axis) {
      auto tried = point;
      for (tried[axis] = 0; tried[axis] < grid_.size(axis); ++tried[axis]) {
        const double value = quality(tried, times);
        if (value <= best_quality + 1e-12) continue;
        best_quality = value;
        point = tried;
        gains = true;
      }
    }
  }
  return point;
}

RuleGrid::Point RuleSearch::best(const std::vector<int>& times) {
  RuleGrid::Point best_point{};
  double best_quality = -1e300;
  for (const auto& start : grid_.starts()) {
    const auto point = climbed(start, times);
    const double value = quality(point, times);
    if (value <= best_quality) continue;
    best_quality = value;
    best_point = point;
  }
  return best_point;
}

}  // namespace soundfold::event_fitting
