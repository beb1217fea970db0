// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace soundfold::evaluation {

/// Logits of N samples (frames or clips) over K classes with their truths. Plain arrays: no LibTorch here.
struct Predictions {
  std::int64_t class_count = 0;                   ///< K
  std::vector<float> logits;                      ///< [N, K], row-major
  std::vector<std::vector<std::int64_t>> labels;  ///< [N], each ascending; exactly one unless multi-label
  bool multi_label = false;
  std::int64_t sample_count() const { return static_cast<std::int64_t>(labels.size()); }
  /// The K logits of a sample.
  const float* row(std::int64_t sample) const { return logits.data() + sample * class_count; }
};

/// Whether a sample with these labels, ascending, has `wanted`.
inline bool has_label(const std::vector<std::int64_t>& labels, std::int64_t wanted) {
  return std::binary_search(labels.begin(), labels.end(), wanted);
}

struct ClassMetrics {
  std::string name;
  std::int64_t support = 0;                  ///< samples with this label
  std::int64_t predicted = 0;                ///< samples given this label
  std::int64_t correct = 0;                  ///< samples with this label that were given it
  double precision = 0, recall = 0, f1 = 0;  ///< 0 when the denominator is 0
  double average_precision = 0;              ///< area under the precision-recall steps; NaN without positives
  double roc_auc = 0;                        ///< rank statistic with ties at one half; NaN without both kinds
};

struct Metrics {
  std::int64_t sample_count = 0;
  std::int64_t correct = 0;
  double accuracy = 0;  ///< argmax (of equals the first) is the label; multi-label: the exact set above probability 0.5
  double loss = 0;      ///< mean cross-entropy of the softmax (multi-label: mean binary cross-entropy), in nats
  /// Means over the classes for which the value is defined (F1: the class occurs or was predicted); NaN when none is.
  double macro_f1 = 0, mean_average_precision = 0, mean_roc_auc = 0;
  /// Expected calibration error of the top class over 15 equal-width bins (Guo et al. 2017, "On Calibration of Modern
  /// Neural Networks", eq. 3); multi-label: the most probable class, right when it is among the labels.
  double calibration_error = 0;
  std::vector<ClassMetrics> classes;
  std::vector<std::vector<std::int64_t>> confusion;  ///< [K][K], row = truth, column = prediction; empty if multi-label
};

/// Computes everything at once. Throws UsageError for inconsistent sizes or no samples, DataError for logits that are
/// not finite.
Metrics compute_metrics(const Predictions& predictions, const std::vector<std::string>& class_names);

/// Softmax (or sigmoid) of one row of logits, computed stably in double.
std::vector<double> probabilities(const float* logits, std::int64_t class_count, bool multi_label);

/// The predicted classes of a row of logits: its largest (of equals the first), or all above probability 0.5.
std::vector<std::int64_t> predicted_labels(const float* logits, std::int64_t class_count, bool multi_label);

}  // namespace soundfold::evaluation
