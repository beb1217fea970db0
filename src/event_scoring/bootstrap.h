// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace soundfold::event_scoring {

/// A 95 % interval.
struct Interval {
  double low = 0, high = 0;
};

/// The 2.5 and 97.5 percentiles of a statistic over `resamples` sets of `unit_count` units (blocks of recordings) drawn
/// with replacement (Efron and Tibshirani 1993, "An Introduction to the Bootstrap", chapter 13). `statistic` gets how
/// often each unit was drawn; values that are NaN are left out. Two NaN when none is left. The same for the same seed
/// on every machine.
Interval bootstrap_interval(std::size_t unit_count,
                            const std::function<double(const std::vector<int>& times)>& statistic,
                            std::uint64_t seed = 1, int resamples = 1000);

}  // namespace soundfold::event_scoring
