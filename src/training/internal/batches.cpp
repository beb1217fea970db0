// SPDX-License-Identifier: Apache-2.0
#include "training/internal/batches.h"

#include "training/internal/sampling.h"

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

Batches::Batches(const heads::FeatureSet& features, bool clips, std::int64_t batch_size, bool no_single, bool balanced)
    : features_(features),
      clips_(clips),
      balanced_(balanced),
      sample_count_(clips ? features.clip_count() : features.frame_count()),
      targets_(clips ? features.targets : features.targets.index_select(0, features.clip_of_frame)),
      begins_(cut(sample_count_, batch_size, no_single)) {
  lay_out(torch::arange(sample_count_, torch::kLong));
}

std::int64_t Batches::size_of(std::int64_t batch) const {
  const auto index = static_cast<std::size_t>(batch);
  return begins_[index + 1] - begins_[index];
}

std::vector<std::int64_t> Batches::sizes() const {
  std::vector<std::int64_t> sizes;
  for (std::int64_t batch = 0; batch < batch_count(); ++batch) sizes.push_back(size_of(batch));
  return sizes;
}

void Batches::shuffle(at::Generator generator) {
  lay_out(balanced_ ? balanced_order(targets_.to(torch::kCPU), generator)
                    : torch::randperm(sample_count_, std::move(generator), torch::kLong));
}

void Batches::lay_out(const torch::Tensor& order) {
  const auto device = features_.device();
  order_ = order.to(device);
  if (!clips_) return;
  const auto* clip = order.data_ptr<std::int64_t>();
  const auto* first_frame = features_.first_frame.data_ptr<std::int64_t>();
  std::vector<std::int64_t> frames;
  std::vector<std::vector<std::int64_t>> counts;
  frame_begins_ = {0};
  for (const auto size : sizes()) {
    counts.emplace_back();
    for (std::int64_t index = 0; index < size; ++index, ++clip) {
      counts.back().push_back(first_frame[*clip + 1] - first_frame[*clip]);
      for (auto frame = first_frame[*clip]; frame < first_frame[*clip + 1]; ++frame) frames.push_back(frame);
    }
    frame_begins_.push_back(static_cast<std::int64_t>(frames.size()));
  }
  frame_order_ = torch::tensor(frames, torch::kLong).to(device);
  clips_of_batch_ = heads::Segments::make(counts, device);
}

Batch Batches::get(std::int64_t batch) const {
  const auto index = static_cast<std::size_t>(batch);
  Batch result;
  result.count = size_of(batch);
  result.samples = order_.narrow(0, begins_[index], result.count);
  result.targets = targets_.index_select(0, result.samples);
  if (clips_) {
    const auto begin = frame_begins_[index];
    result.frames = features_.rows(frame_order_.narrow(0, begin, frame_begins_[index + 1] - begin));
    result.clips = clips_of_batch_[index];
    return result;
  }
  result.frames = features_.rows(result.samples);
  if (features_.frame_weights.defined()) result.weights = features_.frame_weights.index_select(0, result.samples);
  return result;
}

}  // namespace soundfold::training
