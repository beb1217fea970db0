// SPDX-License-Identifier: Apache-2.0
#include "training/backbone_case.h"

#include "finetuning/cut_backbone.h"
#include "finetuning/tiny_network.h"

namespace soundfold::testing {

finetuning::TailStart tail_from(std::int64_t first_block, config::HeadInput input) {
  return {std::make_shared<const weights::Weights>(tiny_network(21)), first_block, input};
}

heads::FeatureSet map_clips(std::int64_t clips, std::int64_t first_block, std::uint64_t seed) {
  auto set = make_clips(clips, 1, 2, seed);
  auto patches = random_patches(set.frame_count(), seed).reshape({-1, 96, 64});
  for (std::int64_t frame = 0; frame < set.frame_count(); ++frame) {
    const bool upper = set.targets[set.clip_of_frame[frame].item<std::int64_t>()].item<std::int64_t>() == 1;
    patches[frame].narrow(1, upper ? 40 : 0, 12).add_(2);
  }
  patches = patches.flatten(1).contiguous();
  const auto front = finetuning::cut_backbone(tiny_network(21), "", first_block, torch::kCPU);
  set.features = torch::empty({set.frame_count(), front->embedding_size()});
  front->run(patches.data_ptr<float>(), set.frame_count(), set.features.data_ptr<float>(), nullptr);
  return set;
}

training::Settings backbone_settings() {
  auto settings = small_settings();
  settings.backbone.train = config::TrainedPart::last_blocks;
  settings.backbone.train_blocks = 2;
  settings.backbone.learning_rate = 0.005;
  settings.early_stopping.enabled = false;
  // A hidden layer of few units can be dead on these embeddings, and then passes nothing on.
  settings.head.hidden = {};
  return settings;
}

}  // namespace soundfold::testing
