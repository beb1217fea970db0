// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/experiment.h"
#include "finetuning/tiny_network.h"
#include "synthesis/sound_set.h"
#include "testing/testing.h"
#include "yamnet/module.h"
#include "yamnet/module_file.h"

namespace soundfold::testing {

/// Synthesised sounds in ESC-50's layout, a tiny network's file, and an experiment on them that trains its last block.
struct TinyPlace {
  TempFolder folder;
  weights::Weights weights = tiny_network(9, network::Activation::relu6);
  config::Experiment experiment;

  TinyPlace() {
    synthesis::SoundSetOptions sounds;
    sounds.folder = folder / "sounds";
    sounds.kinds = {"dog", "rain"};
    sounds.clips_per_fold = 2;
    sounds.duration_s = 1.5;
    synthesis::write_sound_set(sounds);
    yamnet::save_module(yamnet::build_module(weights), weights, folder / "network.pt");
    experiment.name = "tiny";
    experiment.data.root = sounds.folder.string();
    experiment.folds.train = {1, 2};
    experiment.folds.validation = {3};
    experiment.folds.test = {4};
    experiment.backbone.weights = (folder / "network.pt").string();
    experiment.store.folder = (folder / "store").string();
    experiment.run.folder = (folder / "runs").string();
    experiment.run.threads = 1;
    experiment.head.hidden = {};
    experiment.head.pooling = config::Pooling::mean_max;
    experiment.training.epochs = 3;
    experiment.training.batch_size = 4;
    experiment.early_stopping.enabled = false;
  }
};

}  // namespace soundfold::testing
