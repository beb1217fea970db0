// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/experiment.h"

#include <cstdint>

namespace soundfold::training {

/// All options that a training reads, with values that config/ has checked. Other options can change without changing a
/// training or its checkpoints.
struct Settings {
  std::int64_t seed = 1;
  /// Which blocks are trained, TrainerOptions::tail says; `train` and `train_blocks` only go into fingerprints.
  config::TrainedBlocks backbone;
  config::Head head;
  config::Objective objective;
  config::Optimizer optimizer;
  config::Schedule schedule;
  config::Augmentation augmentation;  ///< mixup and noise; the rest is in the features, and goes into fingerprints
  config::Training training;
  config::EarlyStopping early_stopping;
};

/// The settings of the training that `experiment` asks for.
Settings training_settings(const config::Experiment& experiment);

}  // namespace soundfold::training
