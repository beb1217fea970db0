// SPDX-License-Identifier: Apache-2.0
#include "training/epoch_metrics.h"

#include "support/errors.h"

namespace soundfold::training {

double metric(const EpochMetrics& metrics, const std::string& name) {
  if (name == "loss") return metrics.loss;
  if (name == "accuracy") return metrics.accuracy;
  if (name == "validation_loss") return metrics.validation_loss;
  if (name == "validation_accuracy") return metrics.validation_accuracy;
  if (name == "validation_clip_accuracy") return metrics.validation_clip_accuracy;
  throw UsageError("early_stopping.monitor: '" + name +
                   "' is not one of loss, accuracy, validation_loss, validation_accuracy, validation_clip_accuracy");
}

}  // namespace soundfold::training
