// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device/torch.h"
#include "finetuning/last_blocks.h"
#include "network/description.h"
#include "weights/weights.h"

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace soundfold::finetuning {

/// Values of a window's row at the cut before block `first` of a transformer: network::cut_row_size(); before block 1
/// the number of the window's frames, its log-mel values, and zeros.
std::int64_t transformer_row_size(const network::Description& network, std::int64_t first);

/// The block that computes with a tensor of that published name, from 1; 0: none, it belongs to the classifier.
std::int64_t block_of_tensor(const std::string& name, std::int64_t depth);

/// Whether a block's tensor is trained: all but the normalisation of bands (encoder.init_bn), which stays as imported.
bool is_trainable(const std::string& name);

/// A run of blocks of a transformer (network/transformer.h) as an autograd module. Parameters are named as published:
/// encoder.blocks.11.attn.qkv.weight, ... Block 1 has with it what makes tokens of log-mel values
/// (encoder.patch_embed.proj, encoder.time_pos_embed, encoder.freq_pos_embed), the last block the norm after it
/// (encoder.norm).
class TransformerBlocksImpl : public LastBlocks {
 public:
  /// The blocks `first` to `last`, counted from 1. Throws UsageError when there are no such blocks, or a tensor of the
  /// weights is missing or of another size.
  TransformerBlocksImpl(const weights::Weights& weights, std::int64_t first, std::int64_t last);

  /// Windows of one length: tokens [P, rows * c, D] before block `first`, or where that is 1 log-mel values
  /// [P, frames, bands]; to the tokens after block `last`.
  torch::Tensor forward(const torch::Tensor& windows);

  std::int64_t row_size() const override { return transformer_row_size(network_, first_); }
  /// Windows of one length go through the blocks together. Needs the network's last block. Throws UsageError for a row
  /// that does not begin with the length of a window.
  torch::Tensor embed(const torch::Tensor& rows) override;
  std::vector<std::vector<torch::Tensor>> parameters_of_blocks() const override;
  void copy_to(weights::Weights& weights) const override;

 private:
  const torch::Tensor& tensor(const std::string& name) const { return tensors_.at(name); }
  torch::Tensor linear(const torch::Tensor& x, const std::string& name) const;
  torch::Tensor layer_norm(const torch::Tensor& x, const std::string& name) const;
  torch::Tensor tokens_of(const torch::Tensor& log_mel) const;
  torch::Tensor block(const torch::Tensor& x, const std::string& name) const;
  torch::Tensor embed_windows(const torch::Tensor& rows, std::int64_t length);

  network::Description network_;
  std::int64_t first_, last_;
  std::map<std::string, torch::Tensor> tensors_;                        ///< by their published names
  std::vector<std::pair<std::int64_t, std::string>> parameter_blocks_;  ///< of each parameter, in their order
};
TORCH_MODULE(TransformerBlocks);

}  // namespace soundfold::finetuning
