// SPDX-License-Identifier: Apache-2.0
#include "training/epoch_metrics.h"

namespace soundfold::training {

double metric(const EpochMetrics& metrics, config::Metric which) {
  switch (which) {
    case config::Metric::loss:
      return metrics.loss;
    case config::Metric::accuracy:
      return metrics.accuracy;
    case config::Metric::validation_loss:
      return metrics.validation_loss;
    case config::Metric::validation_accuracy:
      return metrics.validation_accuracy;
    case config::Metric::validation_clip_accuracy:
      break;
  }
  return metrics.validation_clip_accuracy;
}

}  // namespace soundfold::training
