// SPDX-License-Identifier: Apache-2.0
#include "optimization/optimizer.h"

#include "optimization/flush_denormals.h"
#include "optimization/internal/optimizer_kernels.h"

#include <ATen/Parallel.h>

#include <cmath>
#include <string>

namespace soundfold::optimization {
namespace {

using config::OptimizerType;

constexpr double kFirstDecay = 0.9;
constexpr double kSecondDecay = 0.999;
constexpr double kEpsilon = 1e-7;
constexpr std::int64_t kParallelGrain = 1 << 16;

/// The kernels run over raw memory; anything else takes the tensor operations.
bool plain_floats(const torch::Tensor& weights, const torch::Tensor& gradient) {
  return weights.device().is_cpu() && weights.scalar_type() == torch::kFloat32 && weights.is_contiguous() &&
         gradient.is_contiguous() && gradient.scalar_type() == torch::kFloat32;
}

void adam_on_cpu(torch::Tensor& weights, const torch::Tensor& gradient, torch::Tensor& first, torch::Tensor& second,
                 const AdamStep& step) {
  auto* w = weights.data_ptr<float>();
  const auto* g = gradient.data_ptr<float>();
  auto* m = first.data_ptr<float>();
  auto* v = second.data_ptr<float>();
  at::parallel_for(0, weights.numel(), kParallelGrain, [&](std::int64_t begin, std::int64_t end) {
    const FlushDenormals flush;
    adam_step(w + begin, g + begin, m + begin, v + begin, end - begin, step);
  });
}

}  // namespace

Optimizer::Optimizer(const config::Optimizer& optimizer, std::vector<torch::Tensor> parameters)
    : Optimizer(optimizer, {ParameterGroup{std::move(parameters), optimizer.weight_decay}}) {}

Optimizer::Optimizer(const config::Optimizer& optimizer, const std::vector<ParameterGroup>& groups)
    : type_(optimizer.type), momentum_(optimizer.momentum), clip_norm_(optimizer.gradient_clip_norm) {
  for (const auto& group : groups) {
    parameters_.insert(parameters_.end(), group.parameters.begin(), group.parameters.end());
    group_of_.insert(group_of_.end(), group.parameters.size(), groups_.size());
    groups_.push_back({{}, group.weight_decay, group.rate_factor});
  }
  for (const auto& parameter : parameters_) {
    first_.push_back(torch::zeros_like(parameter, torch::requires_grad(false)));
    if (type_ != OptimizerType::sgd) second_.push_back(torch::zeros_like(parameter, torch::requires_grad(false)));
  }
}

void Optimizer::clear_gradients() {
  for (auto& parameter : parameters_) parameter.mutable_grad().reset();
}

void Optimizer::clip_gradients() {
  std::vector<torch::Tensor> norms;
  for (const auto& parameter : parameters_) {
    if (parameter.grad().defined()) norms.push_back(parameter.grad().norm());
  }
  if (norms.empty()) return;
  // Stays a tensor: reading it would stall a GPU.
  const auto scale = (clip_norm_ / (torch::stack(norms).norm() + 1e-6)).clamp_max(1.0);
  for (auto& parameter : parameters_) {
    if (parameter.grad().defined()) parameter.mutable_grad().mul_(scale);
  }
}

double Optimizer::decay_of(std::size_t index) const {
  return parameters_[index].dim() >= 2 ? groups_[group_of_[index]].weight_decay : 0.0;
}

void Optimizer::step(double learning_rate) {
  const torch::NoGradGuard no_gradients;
  if (clip_norm_ > 0) clip_gradients();
  ++step_count_;
  for (std::size_t index = 0; index < parameters_.size(); ++index) {
    if (!parameters_[index].grad().defined()) continue;
    const auto rate = learning_rate * groups_[group_of_[index]].rate_factor;
    if (type_ == OptimizerType::sgd) {
      sgd(index, rate);
    } else {
      adam(index, rate);
    }
  }
}

void Optimizer::adam(std::size_t index, double learning_rate) {
  auto& weights = parameters_[index];
  auto& first = first_[index];
  auto& second = second_[index];
  const auto& gradient = weights.grad();
  const auto count = static_cast<double>(step_count_);
  const auto size = learning_rate * std::sqrt(1 - std::pow(kSecondDecay, count)) / (1 - std::pow(kFirstDecay, count));
  const auto decay = decay_of(index);
  const auto l2 = type_ == OptimizerType::adam ? decay : 0.0;
  const auto shrink = type_ == OptimizerType::adamw ? 1.0 - learning_rate * decay : 1.0;
  if (plain_floats(weights, gradient)) {
    const auto f = [](double value) { return static_cast<float>(value); };
    const AdamStep step{f(kFirstDecay), f(kSecondDecay), f(1 - kFirstDecay), f(1 - kSecondDecay), f(size),
                        f(kEpsilon),    f(l2),           f(shrink)};
    adam_on_cpu(weights, gradient, first, second, step);
    return;
  }
  const auto g = l2 == 0 ? gradient : gradient.add(weights, l2);
  first.mul_(kFirstDecay).add_(g, 1 - kFirstDecay);
  second.mul_(kSecondDecay).addcmul_(g, g, 1 - kSecondDecay);
  if (shrink != 1.0) weights.mul_(shrink);
  weights.addcdiv_(first, second.sqrt().add_(kEpsilon), -size);
}

void Optimizer::sgd(std::size_t index, double learning_rate) {
  auto& weights = parameters_[index];
  auto& velocity = first_[index];
  const auto& gradient = weights.grad();
  const auto l2 = decay_of(index);
  if (plain_floats(weights, gradient)) {
    const SgdStep step{static_cast<float>(learning_rate), static_cast<float>(momentum_), static_cast<float>(l2)};
    const FlushDenormals flush;
    sgd_step(weights.data_ptr<float>(), gradient.data_ptr<float>(), velocity.data_ptr<float>(), weights.numel(), step);
    return;
  }
  velocity.mul_(momentum_).add_(l2 == 0 ? gradient : gradient.add(weights, l2));
  weights.sub_(velocity, learning_rate);
}

heads::NamedTensors Optimizer::state() const {
  heads::NamedTensors state;
  for (std::size_t index = 0; index < first_.size(); ++index) {
    state.emplace_back("first" + std::to_string(index), first_[index]);
    if (type_ != OptimizerType::sgd) state.emplace_back("second" + std::to_string(index), second_[index]);
  }
  return state;
}

void Optimizer::restore(const heads::NamedTensors& state, std::int64_t step_count) {
  heads::copy_into(this->state(), state);
  step_count_ = step_count;
}

}  // namespace soundfold::optimization
