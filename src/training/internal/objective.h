// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/experiment.h"
#include "device/torch.h"

#include <cstdint>

namespace soundfold::training {

/// The weight of each class [K] float32 for `objective.class_weights`, from the samples' targets ([N] int64, or [N, K]
/// 0/1); undefined for none. balanced: N / (K' n_k) with K' the classes that occur and n_k the samples of class k, so
/// that the mean weight of a sample is 1; for losses that decide each class (binary_cross_entropy) the negatives over
/// the positives of each class. A class that does not occur gets 1. Throws UsageError unless there is one given value
/// per class.
torch::Tensor make_class_weights(const config::Objective& objective, const torch::Tensor& targets,
                                 std::int64_t class_count);

/// The loss of each sample, by the formulas of losses.h. Weighted losses are divided by the number of samples, not by
/// the sum of weights, as Keras does.
class Objective {
 public:
  explicit Objective(const config::Objective& objective);

  /// Losses [N]. `targets`: classes [N] int64, or [N, K] float: 0/1, or mixed by mixup. `class_weights` [K] or
  /// undefined.
  torch::Tensor losses(const torch::Tensor& logits, const torch::Tensor& targets,
                       const torch::Tensor& class_weights = {}) const;

 private:
  config::Loss type_;
  double smoothing_, gamma_;
};

/// How many of the decisions are right: largest logit for classes [N]; yes/no at probability 0.5, over all N * K, for
/// targets [N, K]. A fraction, as a tensor of one float64.
torch::Tensor fraction_right(const torch::Tensor& logits, const torch::Tensor& targets);

}  // namespace soundfold::training
