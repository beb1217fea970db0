// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device/torch.h"
#include "finetuning/convolution.h"
#include "network/description.h"
#include "weights/weights.h"

#include <cstdint>
#include <vector>

namespace soundfold::finetuning {

using network::MapShape;

/// Blocks of the network, counted from 1: in YAMNet block 1 is layer1, block b the pair layer<b> of depthwise and
/// pointwise.
std::int64_t block_count(const weights::Weights& weights);

/// The map between block `block` and the next, [channels, frames, bands]; 0: the log-mel patch itself.
MapShape map_after(const weights::Weights& weights, std::int64_t block);

/// A run of blocks of a network as an autograd module, made from its description. Names of parameters: layer1.kernel,
/// layer14.pointwise.beta, ... as in a yamnet.pt.
class BlockNetworkImpl : public torch::nn::Module {
 public:
  /// The blocks `first` to `last`. Throws UsageError when there are no such blocks.
  BlockNetworkImpl(const weights::Weights& weights, std::int64_t first, std::int64_t last);

  /// Maps of P patches, [P, input().values()] -> [P, output().values()], both flattened from [channels, frames, bands].
  torch::Tensor forward(const torch::Tensor& maps);
  /// The same with maps as such: [P, channels, frames, bands].
  torch::Tensor forward_maps(torch::Tensor maps);

  const MapShape& input() const { return input_; }
  const MapShape& output() const { return output_; }
  std::int64_t first() const { return first_; }
  /// The parameters of each block, first block first.
  std::vector<std::vector<torch::Tensor>> parameters_of_blocks() const;
  /// The convolutions in order.
  const std::vector<Convolution>& convolutions() const { return convolutions_; }
  /// Copies the values of the convolutions back to their places in `weights`, which must have the same shapes.
  void copy_to(weights::Weights& weights) const;

 private:
  std::int64_t first_;
  MapShape input_, output_;
  std::vector<Convolution> convolutions_;
};
TORCH_MODULE(BlockNetwork);

}  // namespace soundfold::finetuning
