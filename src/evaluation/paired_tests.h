// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "evaluation/statistics.h"

#include <cstdint>

namespace soundfold::evaluation {

/// Two classifiers' answers to the same clips.
struct PairedCounts {
  std::int64_t both = 0;         ///< clips that both have right
  std::int64_t only_first = 0;   ///< right in the first alone
  std::int64_t only_second = 0;  ///< right in the second alone
  std::int64_t neither = 0;
  std::int64_t clips() const { return both + only_first + only_second + neither; }
};

/// Two-sided p value of McNemar's test that both are equally often right (McNemar 1947, "Note on the sampling error of
/// the difference between correlated proportions or percentages"), of the n = b + c clips that one alone has right. Up
/// to kMostExactClips of them it is exact, min(1, 2 P(X <= min(b, c))) with X binomial of n and 1/2; above, that of
///   (|b - c| - 1)^2 / (b + c)
/// as chi-square of one degree of freedom (Edwards 1948's correction). 1 for n = 0. Throws UsageError below 0.
double mcnemar_p(std::int64_t only_first, std::int64_t only_second);
inline constexpr std::int64_t kMostExactClips = 1000;

/// Paired bootstrap 95 % interval of the first's accuracy less the second's: the 2.5 and 97.5 percentiles of the
/// difference over `resamples` sets of as many clips, drawn with replacement (Efron and Tibshirani 1993, "An
/// Introduction to the Bootstrap", chapter 13). The same for the same seed on every machine. Both 0 without clips.
Interval bootstrap_difference(const PairedCounts& counts, std::uint64_t seed = 1, int resamples = 10'000);

}  // namespace soundfold::evaluation
