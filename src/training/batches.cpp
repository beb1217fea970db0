// SPDX-License-Identifier: Apache-2.0
#include "training/batches.h"

#include <algorithm>

namespace soundfold::training {
namespace {

std::vector<std::int64_t> cut(std::int64_t samples, std::int64_t batch_size, bool no_single) {
  std::vector<std::int64_t> begins;
  for (std::int64_t begin = 0; begin < samples; begin += batch_size) begins.push_back(begin);
  if (no_single && begins.size() > 1 && samples - begins.back() == 1) begins.pop_back();
  begins.push_back(samples);
  return begins;
}

}  // namespace

Batches::Batches(const FeatureSet& features, bool clips, std::int64_t batch_size, bool no_single)
    : features_(features),
      clips_(clips),
      sample_count_(clips ? features.clip_count() : features.frame_count()),
      targets_(clips ? features.targets : features.targets.index_select(0, features.clip_of_frame)),
      begins_(cut(sample_count_, batch_size, no_single)),
      order_(torch::arange(sample_count_, torch::kLong)) {
  if (clips) {
    const auto first = features.first_frame.to(torch::kCPU).contiguous();
    first_frame_.assign(first.data_ptr<std::int64_t>(), first.data_ptr<std::int64_t>() + first.numel());
  }
}

std::int64_t Batches::size_of(std::int64_t batch) const {
  const auto index = static_cast<std::size_t>(batch);
  return begins_[index + 1] - begins_[index];
}

void Batches::shuffle(at::Generator generator) {
  order_ = torch::randperm(sample_count_, std::move(generator), torch::kLong);
  if (!clips_) order_ = order_.to(features_.features.device());
}

Batch Batches::get(std::int64_t batch) const {
  const auto samples = order_.narrow(0, begins_[static_cast<std::size_t>(batch)], size_of(batch));
  if (clips_) return clips_batch(samples);
  Batch result;
  result.count = samples.size(0);
  result.samples = samples.to(features_.features.device());
  result.frames = features_.features.index_select(0, result.samples);
  result.targets = targets_.index_select(0, result.samples);
  if (features_.frame_weights.defined()) result.weights = features_.frame_weights.index_select(0, result.samples);
  return result;
}

Batch Batches::clips_batch(const torch::Tensor& samples_on_cpu) const {
  Batch result;
  result.count = samples_on_cpu.size(0);
  const auto* clips = samples_on_cpu.data_ptr<std::int64_t>();
  std::vector<std::int64_t> frames, owners;
  for (std::int64_t index = 0; index < result.count; ++index) {
    const auto clip = static_cast<std::size_t>(clips[index]);
    for (auto frame = first_frame_[clip]; frame < first_frame_[clip + 1]; ++frame) {
      frames.push_back(frame);
      owners.push_back(index);
    }
  }
  const auto device = features_.features.device();
  result.samples = samples_on_cpu.to(device);
  result.frames = features_.features.index_select(0, torch::tensor(frames, torch::kLong).to(device));
  result.clip_of_frame = torch::tensor(owners, torch::kLong).to(device);
  result.targets = targets_.index_select(0, result.samples);
  return result;
}

}  // namespace soundfold::training
