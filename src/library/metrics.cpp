// SPDX-License-Identifier: Apache-2.0
#include "evaluation/metrics.h"

#include <soundfold/metrics.h>

#include <utility>

namespace soundfold {

Metrics compute_metrics(const Predictions& predictions, const std::vector<std::string>& class_names) {
  evaluation::Metrics computed = evaluation::compute_metrics(
      {predictions.class_count, predictions.logits, predictions.labels, predictions.multi_label}, class_names);
  Metrics metrics;
  metrics.sample_count = computed.sample_count;
  metrics.correct = computed.correct;
  metrics.accuracy = computed.accuracy;
  metrics.loss = computed.loss;
  metrics.macro_f1 = computed.macro_f1;
  metrics.mean_average_precision = computed.mean_average_precision;
  metrics.mean_roc_auc = computed.mean_roc_auc;
  metrics.calibration_error = computed.calibration_error;
  metrics.confusion = std::move(computed.confusion);
  for (auto& one : computed.classes) {
    metrics.classes.push_back({std::move(one.name), one.support, one.predicted, one.correct, one.precision, one.recall,
                               one.f1, one.average_precision, one.roc_auc});
  }
  return metrics;
}

}  // namespace soundfold
