// SPDX-License-Identifier: Apache-2.0
#include "training/internal/sampling.h"

#include <vector>

namespace soundfold::training {
namespace {

torch::Tensor drawn_order(std::int64_t count, const at::Generator& generator) {
  return torch::randperm(count, generator, torch::kLong);
}

/// `quota` of the samples, each as often as any other or once more.
torch::Tensor drawn_samples(const torch::Tensor& samples, std::int64_t quota, const at::Generator& generator) {
  const auto count = samples.size(0);
  const auto more = samples.index_select(0, drawn_order(count, generator).narrow(0, 0, quota % count));
  return torch::cat({samples.repeat({quota / count}), more});
}

}  // namespace

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

}  // namespace soundfold::training
