// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "event_fitting/event_fitting.h"
#include "event_fitting/internal/rule_grid.h"

#include <map>
#include <string>
#include <vector>

/// Private to this room.
namespace soundfold::event_fitting {

/// Searches the rule of one class. What a rule finds is counted once, block by block, for all folds.
class RuleSearch {
 public:
  /// The arguments must outlive it.
  RuleSearch(const std::vector<ScoredRecording>& scored, const std::vector<events::Recording>& references,
             std::string label, std::size_t class_index, std::size_t class_count, const FitOptions& options);

  /// The best point on the blocks that `times` says 1 of; nothing is known of those with 0.
  RuleGrid::Point best(const std::vector<int>& times);
  /// The counts of a point in all blocks.
  const std::vector<event_scoring::BlockCounts>& counts(const RuleGrid::Point& point);
  std::size_t block_count();
  const RuleGrid& grid() const { return grid_; }

 private:
  struct Windows {
    std::vector<double> probabilities;
    std::vector<events::ScoredWindow> windows;
  };
  static std::vector<Windows> windows_of_class(const std::vector<ScoredRecording>& scored, std::size_t class_index,
                                               std::size_t class_count);
  static std::vector<double> all_probabilities(const std::vector<Windows>& recordings);
  double quality(const RuleGrid::Point& point, const std::vector<int>& times);
  RuleGrid::Point climbed(RuleGrid::Point point, const std::vector<int>& times);

  const std::vector<ScoredRecording>& scored_;
  const std::vector<events::Recording>& references_;
  std::vector<std::string> label_;  ///< one
  const FitOptions& options_;
  std::vector<Windows> windows_;
  RuleGrid grid_;
  std::map<RuleGrid::Point, std::vector<event_scoring::BlockCounts>> known_;
};

}  // namespace soundfold::event_fitting
