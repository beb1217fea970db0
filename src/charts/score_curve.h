// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "evaluation/statistics.h"

#include <cstdint>
#include <string>
#include <vector>

namespace soundfold::charts {

/// Answers of neighbouring scores, taken together.
struct ScoreGroup {
  double mean_score = 0;
  std::int64_t count = 0, correct = 0;
  evaluation::Interval interval;  ///< of the share that is right
};

/// The share of right answers by score: a point for each group, its 95 % interval as an upright line, its clips in its
/// tip. "" without groups.
std::string score_curve_picture(const std::vector<ScoreGroup>& groups);

}  // namespace soundfold::charts
