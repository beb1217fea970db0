// SPDX-License-Identifier: Apache-2.0
#include "optimization/losses.h"

#include <iterator>

namespace soundfold::optimization {
namespace {

/// Sums `terms` [N, K] over the target, weighted and smoothed.
torch::Tensor on_targets(const torch::Tensor& terms, const LossInputs& in) {
  const bool dense = in.targets.dim() == 2;
  auto losses = dense ? (terms * in.targets).sum(1) : terms.gather(1, in.targets.unsqueeze(1)).squeeze(1);
  losses = in.smoothing == 0 ? -losses : -((1.0 - in.smoothing) * losses + in.smoothing * terms.mean(1));
  if (!in.class_weights.defined()) return losses;
  return losses * (dense ? in.targets.matmul(in.class_weights) : in.class_weights.index_select(0, in.targets));
}

torch::Tensor cross_entropy(const LossInputs& in) {
  return on_targets(torch::log_softmax(in.logits, 1), in);
}

torch::Tensor focal(const LossInputs& in) {
  const auto log_p = torch::log_softmax(in.logits, 1);
  return on_targets((1.0 - log_p.exp()).pow(in.gamma) * log_p, in);
}

torch::Tensor binary_cross_entropy(const LossInputs& in) {
  const auto wanted = dense_targets(in.targets, in.logits.size(1)) * (1.0 - in.smoothing) + 0.5 * in.smoothing;
  return torch::binary_cross_entropy_with_logits(in.logits, wanted, {}, in.class_weights, torch::Reduction::None)
      .mean(1);
}

/// In the order of config::kLosses, whose rows have the names and the properties.
constexpr torch::Tensor (*kFunctions[])(const LossInputs&) = {cross_entropy, focal, binary_cross_entropy};
static_assert(std::size(kFunctions) == std::size(config::kLosses), "one function for each loss");

}  // namespace

torch::Tensor losses_of(config::Loss loss, const LossInputs& inputs) {
  return kFunctions[static_cast<std::size_t>(loss)](inputs);
}

torch::Tensor dense_targets(const torch::Tensor& targets, std::int64_t class_count) {
  if (targets.dim() == 2) return targets;
  return torch::zeros({targets.size(0), class_count}, targets.options().dtype(torch::kFloat32))
      .scatter_(1, targets.unsqueeze(1), 1.0);
}

}  // namespace soundfold::optimization
