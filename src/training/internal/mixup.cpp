// SPDX-License-Identifier: Apache-2.0
#include "training/internal/mixup.h"

#include "optimization/losses.h"

#include <algorithm>

namespace soundfold::training {

Mixup::Mixup(double alpha, const std::vector<std::int64_t>& batch_sizes, at::Generator generator,
             const torch::Device& device) {
  if (alpha <= 0 || batch_sizes.empty()) return;
  // Two Gamma draws give one Beta draw.
  const auto batches = static_cast<std::int64_t>(batch_sizes.size());
  const auto draws = at::_standard_gamma(torch::full({2, batches}, alpha, torch::kFloat64), generator);
  std::vector<torch::Tensor> partners;
  for (std::int64_t batch = 0; batch < batches; ++batch) {
    const auto one = draws[0][batch].item<double>();
    const auto share = one / (one + draws[1][batch].item<double>());
    shares_.push_back(std::max(share, 1.0 - share));
    const auto size = batch_sizes[static_cast<std::size_t>(batch)];
    // A batch of one has nobody to be mixed with, and draws nothing.
    partners.push_back(size < 2 ? torch::zeros({size}, torch::kLong) : torch::randperm(size, generator, torch::kLong));
  }
  partners_ = torch::cat(partners).to(device).split_with_sizes(batch_sizes);
}

Samples Mixup::mix(const Samples& samples, std::int64_t batch, std::int64_t class_count) const {
  if (shares_.empty() || samples.vectors.size(0) < 2) return samples;
  const auto kept = share(batch);
  const auto& partner = partners_[static_cast<std::size_t>(batch)];
  const auto targets = optimization::dense_targets(samples.targets, class_count);
  const auto mixed = [&](const torch::Tensor& values) {
    return values.defined() ? torch::lerp(values.index_select(0, partner), values, kept) : values;
  };
  return {mixed(samples.vectors), mixed(targets), mixed(samples.weights)};
}

}  // namespace soundfold::training
