// SPDX-License-Identifier: Apache-2.0
#include "training/settings.h"

namespace soundfold::training {

Settings training_settings(const config::Experiment& experiment) {
  Settings settings;
  settings.seed = experiment.seed;
  settings.backbone = experiment.backbone;
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
