// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <soundfold/metrics.h>  // the three structs, which cross the border of the library

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace soundfold::evaluation {

using soundfold::ClassMetrics;
using soundfold::Metrics;
using soundfold::Predictions;

/// Whether a sample with these labels, ascending, has `wanted`.
inline bool has_label(const std::vector<std::int64_t>& labels, std::int64_t wanted) {
  return std::binary_search(labels.begin(), labels.end(), wanted);
}

/// What soundfold::compute_metrics gives, which calls this. Calls name the namespace: both are found by their
/// arguments.
Metrics compute_metrics(const Predictions& predictions, const std::vector<std::string>& class_names);

/// Softmax (or sigmoid) of one row of logits, computed stably in double.
std::vector<double> probabilities(const float* logits, std::int64_t class_count, bool multi_label);

/// The predicted classes of a row of logits: its largest (of equals the first), or all above probability 0.5.
std::vector<std::int64_t> predicted_labels(const float* logits, std::int64_t class_count, bool multi_label);

}  // namespace soundfold::evaluation
