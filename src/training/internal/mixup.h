// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device/torch.h"

#include <cstdint>
#include <vector>

namespace soundfold::training {

/// Vectors [N, D] and their targets.
struct Samples {
  torch::Tensor vectors;
  torch::Tensor targets;       ///< [N] int64 or [N, K] float32
  torch::Tensor weights = {};  ///< [N] float32, or undefined
};

/// Mixup (Zhang et al., 2018) for one epoch: in each batch every sample is mixed with another of the batch,
/// x = a x_i + (1 - a) x_j, targets and weights likewise, with one a per batch from Beta(alpha, alpha), taken as max(a,
/// 1 - a) so that a sample keeps most of itself. Clip poolings mix pooled vectors.
class Mixup {
 public:
  /// All is drawn ahead, for batches of these sizes, and copied to the device once. `generator` is one of the CPU's.
  /// alpha 0: off.
  Mixup(double alpha, const std::vector<std::int64_t>& batch_sizes, at::Generator generator,
        const torch::Device& device = torch::kCPU);

  /// Mixes batch number `batch` (from 0). Off, or with a batch of one, it returns `samples` as they are.
  Samples mix(const Samples& samples, std::int64_t batch, std::int64_t class_count) const;

  /// The share of a sample kept in batch `batch`: 0.5 to 1.
  double share(std::int64_t batch) const { return shares_[static_cast<std::size_t>(batch)]; }

 private:
  std::vector<double> shares_;           ///< empty: off
  std::vector<torch::Tensor> partners_;  ///< by batch, [N] int64
};

}  // namespace soundfold::training
