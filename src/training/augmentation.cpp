// SPDX-License-Identifier: Apache-2.0
#include "training/augmentation.h"

#include "training/objective.h"

#include <algorithm>

namespace soundfold::training {

Mixup::Mixup(double alpha, std::int64_t batches, at::Generator generator) : generator_(std::move(generator)) {
  if (alpha <= 0) return;
  // Two Gamma draws give one Beta draw.
  const auto shape = torch::full({2, batches}, alpha, torch::kFloat64);
  const auto draws = at::_standard_gamma(shape, generator_);
  for (std::int64_t batch = 0; batch < batches; ++batch) {
    const auto one = draws[0][batch].item<double>();
    const auto share = one / (one + draws[1][batch].item<double>());
    shares_.push_back(std::max(share, 1.0 - share));
  }
}

Samples Mixup::mix(const Samples& samples, std::int64_t batch, std::int64_t class_count) {
  const auto count = samples.vectors.size(0);
  if (shares_.empty() || count < 2) return samples;
  const auto kept = share(batch);
  const auto partner = torch::randperm(count, generator_, torch::kLong).to(samples.vectors.device());
  const auto targets = dense_targets(samples.targets, class_count);
  const auto mixed = [&](const torch::Tensor& values) {
    return values.defined() ? torch::lerp(values.index_select(0, partner), values, kept) : values;
  };
  return {mixed(samples.vectors), mixed(targets), mixed(samples.weights)};
}

}  // namespace soundfold::training
