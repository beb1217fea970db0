// SPDX-License-Identifier: Apache-2.0
#include "finetuning/network_tail.h"

#include "support/errors.h"

#include <algorithm>
#include <string>

namespace soundfold::finetuning {
namespace {

/// Bounds the memory of forward_all: a whole network holds about 2 MB of maps per window at once.
constexpr std::int64_t kChunkFrames = 64;

}  // namespace

using config::HeadInput;

std::int64_t trained_blocks(config::TrainedPart train, std::int64_t blocks, const weights::Weights& weights) {
  const auto all = block_count(weights);
  if (train == config::TrainedPart::none) return 0;
  if (weights.network.transformer) {
    throw UsageError("backbone.train: the blocks of a transformer are not trained yet; set it to none");
  }
  if (train == config::TrainedPart::all) return all;
  if (blocks < 1 || blocks > all) {
    throw UsageError("backbone.train_blocks: " + std::to_string(blocks) + " given, the network has 1 to " +
                     std::to_string(all));
  }
  return blocks;
}

NetworkTailImpl::NetworkTailImpl(TailStart start)
    : start_(std::move(start)),
      blocks_(
          register_module("blocks", BlockNetwork(*start_.weights, start_.first_block, block_count(*start_.weights)))) {
  const auto& weights = *start_.weights;
  classifier_kernel_ = register_buffer(
      "classifier_kernel",
      torch::tensor(weights.classifier_kernel).reshape({weights.class_count(), weights.embedding_size()}));
  classifier_bias_ = register_buffer("classifier_bias", torch::tensor(weights.classifier_bias));
}

std::int64_t NetworkTailImpl::output_size() const {
  const auto& weights = *start_.weights;
  return (start_.input == HeadInput::scores ? 0 : weights.embedding_size()) +
         (start_.input == HeadInput::embeddings ? 0 : weights.class_count());
}

torch::Tensor NetworkTailImpl::embed(const torch::Tensor& maps) {
  const auto& in = cut();
  return blocks_->forward_maps(maps.reshape({maps.size(0), in.channels, in.frames, in.bands})).mean({2, 3});
}

torch::Tensor NetworkTailImpl::forward(const torch::Tensor& maps) {
  const auto embeddings = embed(maps);
  if (start_.input == HeadInput::embeddings) return embeddings;
  const auto scores = torch::linear(embeddings, classifier_kernel_, classifier_bias_).sigmoid();
  return start_.input == HeadInput::scores ? scores : torch::cat({embeddings, scores}, 1);
}

torch::Tensor NetworkTailImpl::forward_all(const torch::Tensor& maps) {
  const torch::NoGradGuard no_gradients;
  const auto device = classifier_bias_.device();
  std::vector<torch::Tensor> outputs;
  for (std::int64_t begin = 0; begin < maps.size(0); begin += kChunkFrames) {
    const auto count = std::min(kChunkFrames, maps.size(0) - begin);
    outputs.push_back(forward(maps.narrow(0, begin, count).to(device)).to(maps.device()));
  }
  return outputs.empty() ? torch::empty({0, output_size()}) : torch::cat(outputs);
}

}  // namespace soundfold::finetuning
