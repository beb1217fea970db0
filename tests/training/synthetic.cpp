// SPDX-License-Identifier: Apache-2.0
#include "training/synthetic.h"

#include "device/random_streams.h"
#include "heads/head_state.h"

namespace soundfold::testing {

heads::FeatureSet make_clips(std::int64_t clips, std::int64_t values, std::int64_t classes, std::uint64_t seed) {
  auto generator = make_generator(torch::kCPU, seed);
  auto centre_generator = make_generator(torch::kCPU, 99);
  const auto centres = torch::randn({classes, values}, centre_generator) * 6;
  heads::FeatureSet set;
  std::vector<std::int64_t> first = {0}, owners, targets;
  std::vector<torch::Tensor> frames;
  for (std::int64_t clip = 0; clip < clips; ++clip) {
    const auto count = 1 + (clip * 7) % 4;
    frames.push_back(centres[clip % classes] + torch::randn({count, values}, generator));
    owners.insert(owners.end(), static_cast<std::size_t>(count), clip);
    first.push_back(first.back() + count);
    targets.push_back(clip % classes);
    set.clip_ids.push_back("clip" + std::to_string(clip));
  }
  set.features = torch::cat(frames).contiguous();
  set.clip_of_frame = torch::tensor(owners, torch::kLong);
  set.first_frame = torch::tensor(first, torch::kLong);
  set.targets = torch::tensor(targets, torch::kLong);
  return set;
}

heads::FeatureSet make_multi_label_clips(std::int64_t clips, std::int64_t values, std::int64_t classes,
                                         std::uint64_t seed) {
  auto set = make_clips(clips, values, classes, seed);
  auto targets = torch::zeros({clips, classes});
  for (std::int64_t clip = 0; clip < clips; ++clip) {
    targets[clip][clip % classes] = 1;
    if (clip % 3 == 0) targets[clip][(clip + 1) % classes] = 1;
  }
  set.targets = targets;
  set.multi_label = true;
  return set;
}

heads::FeatureSet streamed(const heads::FeatureSet& set, std::uint64_t most_bytes) {
  auto other = set;
  other.features = torch::Tensor();
  // Places run backwards, so that a mix-up of windows and places shows.
  const auto records = torch::arange(set.frame_count() - 1, -1, -1, torch::kInt32);
  other.streamed = {set.width(), most_bytes, torch::stack({records, records * 3}, 1),
                    [values = set.features.flip(0).clone()](const torch::Tensor& places) {
                      return values.index_select(0, places.select(1, 0).to(torch::kLong));
                    }};
  return other;
}

training::Settings small_settings() {
  training::Settings settings;
  settings.seed = 7;
  settings.head.hidden = {8};
  settings.optimizer.learning_rate = 0.01;
  settings.training.epochs = 4;
  settings.training.batch_size = 8;
  return settings;
}

std::vector<float> values_of(heads::Head& head) {
  std::vector<float> values;
  for (const auto& [name, tensor] : heads::head_state(*head)) {
    const auto flat = tensor.detach().to(torch::kFloat32).contiguous();
    values.insert(values.end(), flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel());
  }
  return values;
}

training::Outcome train_quietly(const training::Settings& settings, const heads::FeatureSet& train,
                                const heads::FeatureSet& validation, std::int64_t classes,
                                training::TrainerOptions options) {
  options.progress = false;
  return training::train(settings, train, validation, classes, options);
}

}  // namespace soundfold::testing
