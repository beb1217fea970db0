// SPDX-License-Identifier: Apache-2.0
#include "features/feature_settings.h"

#include "config/load.h"
#include "config/print.h"

namespace soundfold::features {
namespace {

config::Backbone of_extraction(const config::Backbone& given) {
  config::Backbone kept;
  kept.weights = given.weights;
  kept.engine = given.engine;
  kept.precision = given.precision;
  kept.device = given.device;
  kept.patch_hop_frames = given.patch_hop_frames;
  kept.taps = given.taps;
  kept.train = given.train;
  kept.train_blocks = given.train_blocks;
  return kept;
}

/// What changes waveforms; mixup and noise change the features of a batch.
config::Augmentation of_waveforms(const config::Augmentation& given) {
  config::Augmentation kept = given;
  kept.mixup_alpha = config::Augmentation().mixup_alpha;
  kept.noise_std = config::Augmentation().noise_std;
  return kept;
}

/// Splits of data without folds are drawn, and so are waveform variants; a cross-validation names its seeds.
bool seed_decides(const config::Experiment& experiment) {
  return experiment.data.layout != config::Layout::esc50 || experiment.augmentation.waveform_variants > 0 ||
         experiment.protocol.cross_validates();
}

}  // namespace

config::Experiment feature_settings(const config::Experiment& experiment) {
  config::Experiment kept;
  if (seed_decides(experiment)) kept.seed = experiment.seed;
  kept.data = experiment.data;
  kept.folds = experiment.folds;
  kept.protocol = experiment.protocol;
  kept.backbone = of_extraction(experiment.backbone);
  kept.store = experiment.store;
  kept.silence = experiment.silence;
  kept.head.input = experiment.head.input;
  kept.head.known_classes = experiment.head.known_classes;
  kept.augmentation = of_waveforms(experiment.augmentation);
  kept.run.threads = experiment.run.threads;
  kept.run.feature_memory_mb = experiment.run.feature_memory_mb;
  kept.run.tf32 = experiment.run.tf32;
  return kept;
}

std::string features_key(const config::Experiment& experiment) {
  return config::to_yaml(feature_settings(experiment));
}

}  // namespace soundfold::features
