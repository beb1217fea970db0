// SPDX-License-Identifier: Apache-2.0
#include "training/internal/objective.h"

#include "optimization/losses.h"
#include "support/errors.h"

#include <string>

namespace soundfold::training {
namespace {

torch::Tensor given_weights(const config::Objective& objective, std::int64_t class_count) {
  const auto& values = objective.class_weight_values;
  if (static_cast<std::int64_t>(values.size()) != class_count) {
    throw UsageError("objective.class_weight_values: " + std::to_string(values.size()) + " values for " +
                     std::to_string(class_count) + " classes; give one per class, in the order of the classes");
  }
  return torch::tensor(values, torch::kFloat64).to(torch::kFloat32);
}

}  // namespace

torch::Tensor fraction_right(const torch::Tensor& logits, const torch::Tensor& targets) {
  if (targets.dim() == 2) return (logits > 0).eq(targets > 0.5).to(torch::kFloat64).mean();
  return logits.argmax(1).eq(targets).to(torch::kFloat64).mean();
}

torch::Tensor make_class_weights(const config::Objective& objective, const torch::Tensor& targets,
                                 std::int64_t class_count) {
  if (objective.class_weights == config::ClassWeights::none) return {};
  if (objective.class_weights == config::ClassWeights::given)
    return given_weights(objective, class_count).to(targets.device());
  const auto positives = optimization::dense_targets(targets, class_count).sum(0, false, torch::kFloat64);
  const auto samples = static_cast<double>(targets.size(0));
  const auto weights = config::properties_of(objective.type).decides_each_class
                           ? (samples - positives) / positives
                           : samples / (positives * positives.gt(0).sum().to(torch::kFloat64));
  // A class that no clip has, or for the binary loss every clip, has nothing to be balanced against.
  const auto balanced = positives.gt(0).logical_and(weights.gt(0));
  return torch::where(balanced, weights, torch::ones_like(weights)).to(torch::kFloat32);
}

Objective::Objective(const config::Objective& objective)
    : type_(objective.type), smoothing_(objective.label_smoothing), gamma_(objective.focal_gamma) {}

torch::Tensor Objective::losses(const torch::Tensor& logits, const torch::Tensor& targets,
                                const torch::Tensor& class_weights) const {
  return optimization::losses_of(type_, {logits, targets, class_weights, smoothing_, gamma_});
}

}  // namespace soundfold::training
