// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "evaluation/metrics.h"

#include <cstdint>
#include <vector>

namespace soundfold::evaluation {

/// Limits of a share.
struct Interval {
  double low = 0, high = 1;
};

/// Wilson's 95 % interval of a share of `count` independent trials, `correct` of which succeeded (Wilson 1927,
/// "Probable Inference, the Law of Succession, and Statistical Inference"), z = 1.959964:
///   (p + z^2/2n -+ z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2/n).
/// [0, 1] without trials.
Interval wilson_interval(std::int64_t correct, std::int64_t count);

/// The class with the largest support (of equals the first), which would always be given by a model that has not
/// listened; -1 without classes.
std::int64_t majority_class(const Metrics& metrics);

/// One bin of a reliability diagram: `count` clips whose confidence lies in it.
struct ReliabilityBin {
  double low = 0, high = 1;
  std::int64_t count = 0, correct = 0;
  double mean_confidence = 0;  ///< of the clips in it; 0 without any
};

/// `bin_count` bins of equal width over [0, 1], each with the clips whose confidence lies in [low, high), the last with
/// 1 too.
std::vector<ReliabilityBin> reliability_bins(const std::vector<double>& confidences, const std::vector<bool>& correct,
                                             int bin_count = 10);

}  // namespace soundfold::evaluation
