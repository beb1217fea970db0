// SPDX-License-Identifier: Apache-2.0
#include "finetuning/block_network.h"

#include "device/tensor_values.h"
#include "frontend/recipe.h"
#include "support/errors.h"

namespace soundfold::finetuning {
namespace {

/// Place of a block's first convolution in Weights::layers.
std::size_t first_layer(std::int64_t block) {
  return block == 1 ? 0 : static_cast<std::size_t>(2 * block - 3);
}

std::string block_name(std::int64_t block) {
  return "layer" + std::to_string(block);
}

}  // namespace

std::int64_t block_count(const weights::Weights& weights) {
  return static_cast<std::int64_t>(weights.layers.size() + 1) / 2;
}

MapShape map_after(const weights::Weights& weights, std::int64_t block) {
  MapShape shape{1, frontend::kPatchFrames, frontend::kMelBands};
  for (std::size_t layer = 0; block > 0 && layer < first_layer(block + 1); ++layer) {
    const auto stride = weights.layers.at(layer).stride;
    shape.channels = weights.layers[layer].out_channels;
    shape.frames /= stride;
    shape.bands /= stride;
  }
  return shape;
}

BlockNetworkImpl::BlockNetworkImpl(const weights::Weights& weights, std::int64_t first, std::int64_t last)
    : first_(first) {
  if (first < 1 || last < first || last > block_count(weights)) {
    throw UsageError("blocks " + std::to_string(first) + " to " + std::to_string(last) + ": the network has 1 to " +
                     std::to_string(block_count(weights)));
  }
  input_ = map_after(weights, first - 1);
  output_ = map_after(weights, last);
  for (auto block = first; block <= last; ++block) {
    auto layer = first_layer(block);
    if (block == 1) {
      convolutions_.push_back(register_module(block_name(1), Convolution(weights.layers[layer], weights.activation)));
      continue;
    }
    const auto pair = register_module(block_name(block), std::make_shared<torch::nn::Module>());
    for (const char* part : {"depthwise", "pointwise"}) {
      convolutions_.push_back(pair->register_module(part, Convolution(weights.layers[layer++], weights.activation)));
    }
  }
}

torch::Tensor BlockNetworkImpl::forward_maps(torch::Tensor maps) {
  for (auto& convolution : convolutions_) maps = convolution->forward(maps);
  return maps;
}

torch::Tensor BlockNetworkImpl::forward(const torch::Tensor& maps) {
  return forward_maps(maps.reshape({maps.size(0), input_.channels, input_.frames, input_.bands})).flatten(1);
}

std::vector<std::vector<torch::Tensor>> BlockNetworkImpl::parameters_of_blocks() const {
  std::vector<std::vector<torch::Tensor>> blocks;
  for (const auto& child : children()) blocks.push_back(child->parameters());
  return blocks;
}

void BlockNetworkImpl::copy_to(weights::Weights& weights) const {
  auto layer = first_layer(first_);
  for (const auto& convolution : convolutions_) {
    auto& target = weights.layers.at(layer++);
    auto kernel = values_of(convolution->kernel), beta = values_of(convolution->beta);
    if (kernel.size() != target.kernel.size() || beta.size() != target.beta.size()) {
      throw UsageError(target.name + ": the trained values do not fit these weights");
    }
    target.kernel = std::move(kernel);
    target.beta = std::move(beta);
    target.mean = values_of(convolution->mean);
    target.variance = values_of(convolution->variance);
  }
}

}  // namespace soundfold::finetuning
