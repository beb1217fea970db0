// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/losses.h"
#include "device/torch.h"

#include <cstdint>

namespace soundfold::optimization {

/// What a loss is computed from. N samples, K classes.
struct LossInputs {
  const torch::Tensor& logits;         ///< [N, K]
  const torch::Tensor& targets;        ///< classes [N] int64, or [N, K] float: 0/1, or mixed by mixup
  const torch::Tensor& class_weights;  ///< [K], or undefined
  double smoothing;                    ///< label smoothing, 0 to below 1
  double gamma;                        ///< for losses that have one
};

/// The losses [N] of the samples. z logits, p = softmax(z), t targets, s label smoothing, w class weights:
///   cross_entropy         (sum_k t_k w_k) * -sum_k q_k log p_k,                  q = (1 - s) t + s / K
///   focal                 (sum_k t_k w_k) * -sum_k q_k (1 - p_k)^gamma log p_k   (Lin et al., 2017)
///   binary_cross_entropy  mean over k of -(w_k q_k log sigmoid(z_k) + (1 - q_k) log(1 - sigmoid(z_k))),
///                         q = (1 - s) t + s / 2
torch::Tensor losses_of(config::Loss loss, const LossInputs& inputs);

/// Targets [N, K] float32 of targets that may be class indices [N] int64.
torch::Tensor dense_targets(const torch::Tensor& targets, std::int64_t class_count);

}  // namespace soundfold::optimization
