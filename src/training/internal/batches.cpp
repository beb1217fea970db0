// SPDX-License-Identifier: Apache-2.0
#include "training/internal/batches.h"

namespace soundfold::training {
namespace {

std::vector<std::int64_t> cut(std::int64_t samples, std::int64_t batch_size, bool no_single) {
  std::vector<std::int64_t> begins;
  for (std::int64_t begin = 0; begin < samples; begin += batch_size) begins.push_back(begin);
  if (no_single && begins.size() > 1 && samples - begins.back() == 1) begins.pop_back();
  begins.push_back(samples);
  return begins;
}

torch::Tensor drawn_order(std::int64_t count, const at::Generator& generator) {
  return torch::randperm(count, generator, torch::kLong);
}

/// `quota` of the samples, each as often as any other or once more.
torch::Tensor drawn_samples(const torch::Tensor& samples, std::int64_t quota, const at::Generator& generator) {
  const auto count = samples.size(0);
  const auto more = samples.index_select(0, drawn_order(count, generator).narrow(0, 0, quota % count));
  return torch::cat({samples.repeat({quota / count}), more});
}

/// An epoch in which all classes that occur are equally frequent: as many sample numbers as there are samples, [N]
/// int64, in an order drawn by `generator`. Each of the K classes in `targets` ([N] int64, on the CPU) gets N / K of
/// them, N mod K drawn classes one more. Of a class of n samples that is to have q, each appears q / n times, and
/// q mod n drawn ones once more: a small class is repeated, of a large one another part is taken in each epoch.
torch::Tensor balanced_order(const torch::Tensor& targets, at::Generator& generator) {
  const auto total = targets.size(0);
  std::vector<torch::Tensor> classes;
  const auto counts = targets.bincount();
  for (std::int64_t label = 0; label < counts.size(0); ++label) {
    if (counts[label].item<std::int64_t>() > 0) classes.push_back(torch::nonzero(targets.eq(label)).flatten());
  }
  const auto class_count = static_cast<std::int64_t>(classes.size());
  const auto places = drawn_order(class_count, generator);
  std::vector<torch::Tensor> drawn;
  for (std::int64_t i = 0; i < class_count; ++i) {
    const bool one_more = places[i].item<std::int64_t>() < total % class_count;
    drawn.push_back(
        drawn_samples(classes[static_cast<std::size_t>(i)], total / class_count + (one_more ? 1 : 0), generator));
  }
  return torch::cat(drawn).index_select(0, drawn_order(total, generator));
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
