// SPDX-License-Identifier: Apache-2.0
#include "evaluation/statistics.h"

#include <algorithm>
#include <cmath>

namespace soundfold::evaluation {

Interval wilson_interval(std::int64_t correct, std::int64_t count) {
  if (count <= 0) return {};
  constexpr double kZ = 1.959963984540054;
  const auto n = static_cast<double>(count);
  const double p = static_cast<double>(correct) / n;
  const double middle = p + kZ * kZ / (2 * n);
  const double half = kZ * std::sqrt(p * (1 - p) / n + kZ * kZ / (4 * n * n));
  const double whole = 1 + kZ * kZ / n;
  return {std::max(0.0, (middle - half) / whole), std::min(1.0, (middle + half) / whole)};
}

std::int64_t majority_class(const Metrics& metrics) {
  const auto& classes = metrics.classes;
  const auto largest = std::max_element(classes.begin(), classes.end(),
                                        [](const auto& a, const auto& b) { return a.support < b.support; });
  return largest == classes.end() ? -1 : largest - classes.begin();
}

std::vector<ReliabilityBin> reliability_bins(const std::vector<double>& confidences, const std::vector<bool>& correct,
                                             int bin_count) {
  std::vector<ReliabilityBin> bins(static_cast<std::size_t>(bin_count));
  for (std::size_t b = 0; b < bins.size(); ++b) {
    bins[b].low = static_cast<double>(b) / bin_count;
    bins[b].high = static_cast<double>(b + 1) / bin_count;
  }
  for (std::size_t i = 0; i < confidences.size(); ++i) {
    const double confidence = confidences[i] > 0 ? confidences[i] : 0;
    auto& bin = bins[std::min(bins.size() - 1, static_cast<std::size_t>(confidence * bin_count))];
    ++bin.count;
    bin.correct += correct[i] ? 1 : 0;
    bin.mean_confidence += confidence;
  }
  for (auto& bin : bins) bin.mean_confidence /= static_cast<double>(std::max<std::int64_t>(1, bin.count));
  return bins;
}

}  // namespace soundfold::evaluation
