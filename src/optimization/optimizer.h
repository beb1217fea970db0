// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/experiment.h"
#include "device/torch.h"
#include "heads/head_state.h"

#include <cstdint>
#include <vector>

namespace soundfold::optimization {

/// Parameters that share a weight decay and a factor on the learning rate.
struct ParameterGroup {
  std::vector<torch::Tensor> parameters;
  double weight_decay = 0;
  double rate_factor = 1;  ///< their learning rate is that of the step times this
};

/// Adam, AdamW or SGD with momentum over groups of parameters. w weight, g gradient, lr learning rate, d weight decay:
///   adam   g += d w; m = 0.9 m + 0.1 g; v = 0.999 v + 0.001 g^2; w -= lr sqrt(1 - 0.999^t) / (1 - 0.9^t) m / (sqrt(v)
///   + 1e-7) adamw  w -= lr d w first, then adam without d                     (Loshchilov and Hutter, 2019) sgd    g
///   += d w; v = momentum v + g; w -= lr v
/// Adam's epsilon and where it is added are Keras's (Kingma and Ba's "epsilon hat"; LibTorch's differs), for parity
/// with the tutorial. Weight decay acts on matrices only, not on biases and norms. On the CPU a step is one pass over
/// the memory (optimizer_kernels.h); elsewhere the same formulas run as tensor operations.
class Optimizer {
 public:
  /// One group, with the weight decay of `optimizer`.
  Optimizer(const config::Optimizer& optimizer, std::vector<torch::Tensor> parameters);
  /// The weight decay of `optimizer` plays no part.
  Optimizer(const config::Optimizer& optimizer, const std::vector<ParameterGroup>& groups);

  /// Forgets the gradients (the next backward pass then hands its buffers over instead of adding to old ones).
  void clear_gradients();
  /// Clips the gradients' joint norm when asked to, then moves the weights. A parameter without gradient stays.
  void step(double learning_rate);

  /// Sets the factor of a group for the steps to come.
  void set_rate_factor(std::size_t group, double factor) { groups_.at(group).rate_factor = factor; }

  std::int64_t step_count() const { return step_count_; }
  /// Moments by name, not copied, and the way back.
  heads::NamedTensors state() const;
  void restore(const heads::NamedTensors& state, std::int64_t step_count);

 private:
  void clip_gradients();
  double decay_of(std::size_t index) const;
  void adam(std::size_t index, double learning_rate);
  void sgd(std::size_t index, double learning_rate);

  config::OptimizerType type_;
  double momentum_, clip_norm_;
  std::vector<ParameterGroup> groups_;     ///< without their parameters,
  std::vector<torch::Tensor> parameters_;  ///< which are here, those of the first group first
  std::vector<std::size_t> group_of_;      ///< of each parameter
  std::vector<torch::Tensor> first_;       ///< m, or SGD's velocity
  std::vector<torch::Tensor> second_;      ///< v; empty for SGD
  std::int64_t step_count_ = 0;
};

}  // namespace soundfold::optimization
