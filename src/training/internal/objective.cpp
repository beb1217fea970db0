// SPDX-License-Identifier: Apache-2.0
#include "training/internal/objective.h"

#include "support/errors.h"

#include <cmath>
#include <string>

namespace soundfold::training {
namespace {

torch::Tensor given_weights(const config::Objective& objective, std::int64_t class_count) {
  const auto& values = objective.class_weight_values;
  if (static_cast<std::int64_t>(values.size()) != class_count) {
    throw UsageError("objective.class_weight_values: " + std::to_string(values.size()) + " values for " +
                     std::to_string(class_count) + " classes; give one per class, in the order of the classes");
  }
  for (const auto value : values) {
    if (!(value >= 0) || std::isinf(value)) {
      throw UsageError("objective.class_weight_values: " + std::to_string(value) + " is not a number of at least 0");
    }
  }
  return torch::tensor(values, torch::kFloat64).to(torch::kFloat32);
}

}  // namespace

torch::Tensor dense_targets(const torch::Tensor& targets, std::int64_t class_count) {
  if (targets.dim() == 2) return targets;
  return torch::zeros({targets.size(0), class_count}, targets.options().dtype(torch::kFloat32))
      .scatter_(1, targets.unsqueeze(1), 1.0);
}

torch::Tensor fraction_right(const torch::Tensor& logits, const torch::Tensor& targets) {
  if (targets.dim() == 2) return (logits > 0).eq(targets > 0.5).to(torch::kFloat64).mean();
  return logits.argmax(1).eq(targets).to(torch::kFloat64).mean();
}

torch::Tensor make_class_weights(const config::Objective& objective, const torch::Tensor& targets,
                                 std::int64_t class_count) {
  if (objective.class_weights == config::ClassWeights::none) return {};
  if (objective.class_weights == config::ClassWeights::given)
    return given_weights(objective, class_count).to(targets.device());
  const auto positives = dense_targets(targets, class_count).sum(0, false, torch::kFloat64);
  const auto samples = static_cast<double>(targets.size(0));
  const auto weights = objective.type == config::Loss::binary_cross_entropy
                           ? (samples - positives) / positives
                           : samples / (positives * positives.gt(0).sum().to(torch::kFloat64));
  // A class that no clip has, or for the binary loss every clip, has nothing to be balanced against.
  const auto balanced = positives.gt(0).logical_and(weights.gt(0));
  return torch::where(balanced, weights, torch::ones_like(weights)).to(torch::kFloat32);
}

Objective::Objective(const config::Objective& objective, std::int64_t class_count)
    : type_(objective.type),
      smoothing_(objective.label_smoothing),
      gamma_(objective.focal_gamma),
      class_count_(class_count) {
  if (!(smoothing_ >= 0 && smoothing_ < 1)) {
    throw UsageError("objective.label_smoothing: " + std::to_string(smoothing_) + " is not in 0 to below 1");
  }
  if (!(gamma_ >= 0)) throw UsageError("objective.focal_gamma: " + std::to_string(gamma_) + " is below 0");
}

torch::Tensor Objective::losses(const torch::Tensor& logits, const torch::Tensor& targets,
                                const torch::Tensor& class_weights) const {
  if (type_ == config::Loss::binary_cross_entropy) return binary_losses(logits, targets, class_weights);
  const auto losses = softmax_losses(logits, targets);
  if (!class_weights.defined()) return losses;
  return losses * (targets.dim() == 1 ? class_weights.index_select(0, targets) : targets.matmul(class_weights));
}

torch::Tensor Objective::softmax_losses(const torch::Tensor& logits, const torch::Tensor& targets) const {
  const auto log_p = torch::log_softmax(logits, 1);
  auto terms = type_ == config::Loss::focal ? (1.0 - log_p.exp()).pow(gamma_) * log_p : log_p;
  const auto on_target =
      targets.dim() == 1 ? terms.gather(1, targets.unsqueeze(1)).squeeze(1) : (terms * targets).sum(1);
  if (smoothing_ == 0) return -on_target;
  return -((1.0 - smoothing_) * on_target + smoothing_ * terms.mean(1));
}

torch::Tensor Objective::binary_losses(const torch::Tensor& logits, const torch::Tensor& targets,
                                       const torch::Tensor& class_weights) const {
  const auto wanted = dense_targets(targets, class_count_) * (1.0 - smoothing_) + 0.5 * smoothing_;
  return torch::binary_cross_entropy_with_logits(logits, wanted, {}, class_weights, torch::Reduction::None).mean(1);
}

}  // namespace soundfold::training
