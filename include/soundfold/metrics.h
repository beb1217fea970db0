// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <soundfold/export.h>

#include <cstdint>
#include <string>
#include <vector>

namespace soundfold {

/// Logits of N samples (clips or windows) over K classes with their truths.
struct Predictions {
  std::int64_t class_count = 0;                   ///< K
  std::vector<float> logits;                      ///< [N, K], row-major; of probabilities p, ln(p / (1 - p)) or ln(p)
  std::vector<std::vector<std::int64_t>> labels;  ///< [N], each ascending; exactly one unless multi-label
  bool multi_label = false;                       ///< each class by its own sigmoid; otherwise one softmax over all
  std::int64_t sample_count() const { return static_cast<std::int64_t>(labels.size()); }
  /// The K logits of a sample.
  const float* row(std::int64_t sample) const { return logits.data() + sample * class_count; }
};

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
  double accuracy = 0;  ///< largest logit (of equals the first) is the label; multi-label: the exact set above 0.5
  double loss = 0;      ///< mean cross-entropy (multi-label: mean binary cross-entropy), in nats
  /// Means over the classes for which the value is defined (F1: the class occurs or was predicted); NaN when none is.
  double macro_f1 = 0, mean_average_precision = 0, mean_roc_auc = 0;
  /// Expected calibration error of the top class over 15 bins of equal width (Guo et al. 2017, "On Calibration of
  /// Modern Neural Networks", eq. 3); multi-label: the most probable class, right when it is among the labels.
  double calibration_error = 0;
  std::vector<ClassMetrics> classes;
  std::vector<std::vector<std::int64_t>> confusion;  ///< [K][K], row = truth, column = prediction; empty if multi-label
};

/// Computes everything at once. Throws UsageError for inconsistent sizes or no samples, DataError for logits that are
/// not finite.
SOUNDFOLD_API Metrics compute_metrics(const Predictions& predictions, const std::vector<std::string>& class_names);

}  // namespace soundfold
