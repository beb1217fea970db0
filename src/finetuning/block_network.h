// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device/torch.h"
#include "finetuning/convolution.h"
#include "finetuning/last_blocks.h"
#include "network/description.h"
#include "weights/weights.h"

#include <cstdint>
#include <vector>

namespace soundfold::finetuning {

using network::MapShape;

/// Blocks of the network, counted from 1: in YAMNet block 1 is layer1, block b the pair layer<b> of depthwise and
/// pointwise; in a transformer its own (transformer_blocks.h).
std::int64_t block_count(const weights::Weights& weights);

/// The map between block `block` and the next of a network of layers, [channels, frames, bands]; 0: the log-mel patch
/// itself.
MapShape map_after(const weights::Weights& weights, std::int64_t block);

/// A run of blocks of a network of layers as an autograd module, made from its description. Names of parameters:
/// layer1.kernel, layer14.pointwise.beta, ... as in a yamnet.pt.
class BlockNetworkImpl : public LastBlocks {
 public:
  /// The blocks `first` to `last`. Throws UsageError when there are no such blocks.
  BlockNetworkImpl(const weights::Weights& weights, std::int64_t first, std::int64_t last);

  /// Maps of P patches, [P, input().values()] -> [P, output().values()], both flattened from [channels, frames, bands].
  torch::Tensor forward(const torch::Tensor& maps);
  /// The same with maps as such: [P, channels, frames, bands].
  torch::Tensor forward_maps(torch::Tensor maps);

  std::int64_t row_size() const override { return input_.values(); }
  /// A row is a map at the cut, flattened. The mean of the last block's map.
  torch::Tensor embed(const torch::Tensor& rows) override;

  const MapShape& input() const { return input_; }
  const MapShape& output() const { return output_; }
  std::int64_t first() const { return first_; }
  std::vector<std::vector<torch::Tensor>> parameters_of_blocks() const override;
  /// The convolutions in order.
  const std::vector<Convolution>& convolutions() const { return convolutions_; }
  void copy_to(weights::Weights& weights) const override;

 private:
  std::int64_t first_;
  MapShape input_, output_;
  std::vector<Convolution> convolutions_;
};
TORCH_MODULE(BlockNetwork);

}  // namespace soundfold::finetuning
