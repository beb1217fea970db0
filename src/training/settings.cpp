// SPDX-License-Identifier: Apache-2.0
#include "training/settings.h"

namespace soundfold::training {

Settings training_settings(const config::Experiment& experiment) {
  const auto& backbone = experiment.backbone;
  Settings settings;
  settings.seed = experiment.seed;
  settings.backbone = {backbone.train,         backbone.train_blocks, backbone.learning_rate,
                       backbone.warmup_epochs, backbone.weight_decay, backbone.layer_decay};
  settings.head = experiment.head;
  settings.objective = experiment.objective;
  settings.optimizer = experiment.optimizer;
  settings.schedule = experiment.schedule;
  settings.augmentation = experiment.augmentation;
  settings.training = experiment.training;
  settings.early_stopping = experiment.early_stopping;
  return settings;
}

}  // namespace soundfold::training
