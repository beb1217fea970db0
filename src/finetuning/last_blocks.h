// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device/torch.h"
#include "weights/weights.h"

#include <cstdint>
#include <vector>

namespace soundfold::finetuning {

/// The last blocks of a network as an autograd module, of whatever kind the network is. A window at the cut is a row of
/// as many values as every other.
class LastBlocks : public torch::nn::Module {
 public:
  /// C, the values of a row.
  virtual std::int64_t row_size() const = 0;
  /// Rows [F, C] to embeddings [F, E]. Each is that of its window alone, whatever else is in the batch.
  virtual torch::Tensor embed(const torch::Tensor& rows) = 0;
  /// The parameters of each block, first block first.
  virtual std::vector<std::vector<torch::Tensor>> parameters_of_blocks() const = 0;
  /// Copies the values back to their places in `weights`, which must have the same shapes.
  virtual void copy_to(weights::Weights& weights) const = 0;
};

}  // namespace soundfold::finetuning
