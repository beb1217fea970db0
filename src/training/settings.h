// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/experiment.h"

#include <cstdint>

namespace soundfold::training {

/// How the last blocks of the backbone are trained with the head: options of `backbone`, without effect while it is
/// frozen. Which blocks they are, TrainerOptions::tail says; `train` and `train_blocks` only go into fingerprints.
struct TrainedBlocks {
  config::TrainedPart train = config::TrainedPart::none;
  std::int64_t train_blocks = 1;
  double learning_rate = 1e-4;
  double warmup_epochs = 0;
  double weight_decay = 0;
  double layer_decay = 1;
};

/// All options that a training reads. Other options can change without changing a training or its checkpoints.
struct Settings {
  std::int64_t seed = 1;
  TrainedBlocks backbone;
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
