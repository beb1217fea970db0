// SPDX-License-Identifier: Apache-2.0
#include "evaluation/internal/ranking.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <numeric>

namespace soundfold::evaluation {
namespace {

/// How many positives and negatives share one score.
struct Step {
  double positives = 0, negatives = 0;
};

/// The groups of equal scores, from the highest score to the lowest.
std::vector<Step> steps_from_high_to_low(const std::vector<double>& scores, const std::vector<bool>& positive) {
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });

  std::vector<Step> steps;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const bool new_score = i == 0 || scores[order[i]] < scores[order[i - 1]];
    if (new_score) steps.emplace_back();
    (positive[order[i]] ? steps.back().positives : steps.back().negatives) += 1;
  }
  return steps;
}

}  // namespace

double average_precision(const std::vector<double>& scores, const std::vector<bool>& positive) {
  const auto total = static_cast<double>(std::count(positive.begin(), positive.end(), true));
  if (total == 0) return std::numeric_limits<double>::quiet_NaN();
  double found = 0, taken = 0, area = 0;
  for (const Step& step : steps_from_high_to_low(scores, positive)) {
    found += step.positives;
    taken += step.positives + step.negatives;
    area += step.positives / total * (found / taken);
  }
  return area;
}

double roc_auc(const std::vector<double>& scores, const std::vector<bool>& positive) {
  double found = 0, negatives = 0, pairs_won = 0;
  for (const Step& step : steps_from_high_to_low(scores, positive)) {
    pairs_won += step.negatives * (found + 0.5 * step.positives);
    found += step.positives;
    negatives += step.negatives;
  }
  if (found == 0 || negatives == 0) return std::numeric_limits<double>::quiet_NaN();
  return pairs_won / (found * negatives);
}

}  // namespace soundfold::evaluation
