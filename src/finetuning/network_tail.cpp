// SPDX-License-Identifier: Apache-2.0
#include "finetuning/network_tail.h"

#include "finetuning/block_network.h"
#include "finetuning/transformer_blocks.h"
#include "network/outputs.h"
#include "support/errors.h"

#include <algorithm>
#include <string>

namespace soundfold::finetuning {
namespace {

/// Bounds the memory of forward_all: a whole network holds about 2 MB of maps per window at once.
constexpr std::int64_t kChunkFrames = 64;

std::shared_ptr<LastBlocks> last_blocks(const TailStart& start) {
  const auto& weights = *start.weights;
  const auto last = block_count(weights);
  if (weights.network.transformer) return std::make_shared<TransformerBlocksImpl>(weights, start.first_block, last);
  return std::make_shared<BlockNetworkImpl>(weights, start.first_block, last);
}

}  // namespace

using config::HeadInput;

std::int64_t trained_blocks(config::TrainedPart train, std::int64_t blocks, const weights::Weights& weights) {
  const auto all = block_count(weights);
  if (train == config::TrainedPart::none) return 0;
  network::refuse_rows(weights.network, "backbone.train");
  if (weights.network.mobilenet) {
    throw UsageError("backbone.train: the blocks of a MobileNet are not trained yet; set it to none");
  }
  if (train == config::TrainedPart::all) return all;
  if (blocks < 1 || blocks > all) {
    throw UsageError("backbone.train_blocks: " + std::to_string(blocks) + " given, the network has 1 to " +
                     std::to_string(all));
  }
  return blocks;
}

NetworkTailImpl::NetworkTailImpl(TailStart start)
    : start_(std::move(start)), blocks_(register_module("blocks", last_blocks(start_))) {
  const auto& weights = *start_.weights;
  const auto size = weights.embedding_size();
  classifier_kernel_ = register_buffer("classifier_kernel",
                                       torch::tensor(weights.classifier_kernel).reshape({weights.class_count(), size}));
  classifier_bias_ = register_buffer("classifier_bias", torch::tensor(weights.classifier_bias));
  if (!weights.network.transformer) return;
  classifier_norm_weight_ =
      register_buffer("classifier_norm_weight", torch::tensor(weights.tensors.at("outputlayer.0.weight")));
  classifier_norm_bias_ =
      register_buffer("classifier_norm_bias", torch::tensor(weights.tensors.at("outputlayer.0.bias")));
}

std::int64_t NetworkTailImpl::output_size() const {
  const auto& weights = *start_.weights;
  return (start_.input == HeadInput::scores ? 0 : weights.embedding_size()) +
         (start_.input == HeadInput::embeddings ? 0 : weights.class_count());
}

torch::Tensor NetworkTailImpl::scores(torch::Tensor embeddings) const {
  if (const auto& transformer = start_.weights->network.transformer) {
    embeddings = torch::layer_norm(embeddings, {embeddings.size(1)}, classifier_norm_weight_, classifier_norm_bias_,
                                   transformer->head_norm_epsilon);
  }
  return torch::linear(embeddings, classifier_kernel_, classifier_bias_).sigmoid();
}

torch::Tensor NetworkTailImpl::forward(const torch::Tensor& rows) {
  const auto embeddings = blocks_->embed(rows);
  if (start_.input == HeadInput::embeddings) return embeddings;
  return start_.input == HeadInput::scores ? scores(embeddings) : torch::cat({embeddings, scores(embeddings)}, 1);
}

torch::Tensor NetworkTailImpl::forward_all(const torch::Tensor& rows) {
  const torch::NoGradGuard no_gradients;
  const auto device = classifier_bias_.device();
  std::vector<torch::Tensor> outputs;
  for (std::int64_t begin = 0; begin < rows.size(0); begin += kChunkFrames) {
    const auto count = std::min(kChunkFrames, rows.size(0) - begin);
    outputs.push_back(forward(rows.narrow(0, begin, count).to(device)).to(rows.device()));
  }
  return outputs.empty() ? torch::empty({0, output_size()}) : torch::cat(outputs);
}

}  // namespace soundfold::finetuning
