// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/choices.h"

#include <cstdint>

namespace soundfold::training {

/// What one epoch gave. Losses are means over samples; accuracies are fractions. Window-trained heads (`pooling:
/// window`) count windows, clip poolings count clips; clip_accuracy is always over clips. Validation values are NaN
/// without a validation split. For multi-label data accuracy is the fraction of right yes/no decisions at 0.5.
struct EpochMetrics {
  std::int64_t epoch = 0;  ///< from 1
  double loss = 0, accuracy = 0;
  double validation_loss = 0, validation_accuracy = 0, validation_clip_accuracy = 0;
  double learning_rate = 0;
  double seconds = 0;
  bool best = false;
};

/// The value of a metric.
double metric(const EpochMetrics& metrics, config::Metric which);

}  // namespace soundfold::training
