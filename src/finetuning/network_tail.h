// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/choices.h"
#include "device/torch.h"
#include "finetuning/last_blocks.h"
#include "weights/weights.h"

#include <cstdint>
#include <memory>

namespace soundfold::finetuning {

/// Where the trainable part of a network starts, and with what values.
struct TailStart {
  std::shared_ptr<const weights::Weights> weights;
  std::int64_t first_block = 1;  ///< the first block that is trained; those before it are frozen
  config::HeadInput input = config::HeadInput::embeddings;  ///< what the head sees; both: embeddings, then scores
};

/// How many blocks, counted from the last, `train` means for this network: none, `blocks` or all. Throws UsageError
/// when there are fewer than `blocks`.
std::int64_t trained_blocks(config::TrainedPart train, std::int64_t blocks, const weights::Weights& weights);

/// The trainable last blocks of the backbone: rows at the cut, as cut_backbone() gives them, in, the head's inputs out.
/// Batch norms are frozen at their imported statistics and the classifier, which gives the scores, is not trained.
class NetworkTailImpl : public torch::nn::Module {
 public:
  /// Throws UsageError when the network has no such block.
  explicit NetworkTailImpl(TailStart start);

  /// Rows at the cut [F, C], C = blocks()->row_size(), to the head's inputs [F, D].
  torch::Tensor forward(const torch::Tensor& rows);
  /// forward() without gradients, a few windows at a time; `rows` may be on another device, the result is where they
  /// are.
  torch::Tensor forward_all(const torch::Tensor& rows);

  const TailStart& start() const { return start_; }
  std::int64_t output_size() const;
  const std::shared_ptr<LastBlocks>& blocks() const { return blocks_; }

 private:
  torch::Tensor scores(torch::Tensor embeddings) const;

  TailStart start_;
  std::shared_ptr<LastBlocks> blocks_;
  torch::Tensor classifier_kernel_, classifier_bias_;
  torch::Tensor classifier_norm_weight_, classifier_norm_bias_;  ///< of a transformer: the norm before the classifier
};
TORCH_MODULE(NetworkTail);

}  // namespace soundfold::finetuning
