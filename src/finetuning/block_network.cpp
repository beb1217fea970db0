// SPDX-License-Identifier: Apache-2.0
#include "finetuning/block_network.h"

#include "device/tensor_values.h"
#include "support/errors.h"

#include <memory>
#include <string>

namespace soundfold::finetuning {
namespace {

/// Place of a block's first convolution among the layers.
std::size_t first_layer(const network::Description& network, std::int64_t block) {
  return network::blocks(network).at(static_cast<std::size_t>(block - 1)).first_layer;
}

}  // namespace

std::int64_t block_count(const weights::Weights& weights) {
  const auto& network = weights.network;
  return network.transformer ? network.transformer->depth : static_cast<std::int64_t>(network::blocks(network).size());
}

MapShape map_after(const weights::Weights& weights, std::int64_t block) {
  const auto maps = network::maps(weights.network);
  return block < block_count(weights) ? maps[first_layer(weights.network, block + 1)] : maps.back();
}

BlockNetworkImpl::BlockNetworkImpl(const weights::Weights& weights, std::int64_t first, std::int64_t last)
    : first_(first) {
  if (first < 1 || last < first || last > block_count(weights)) {
    throw UsageError("blocks " + std::to_string(first) + " to " + std::to_string(last) + ": the network has 1 to " +
                     std::to_string(block_count(weights)));
  }
  input_ = map_after(weights, first - 1);
  output_ = map_after(weights, last);
  const auto blocks = network::blocks(weights.network);
  for (auto number = first; number <= last; ++number) {
    const auto& block = blocks[static_cast<std::size_t>(number - 1)];
    if (block.layer_count == 1) {
      convolutions_.push_back(register_module(block.name, convolution_of(weights, block.first_layer)));
      continue;
    }
    const auto together = register_module(block.name, std::make_shared<torch::nn::Module>());
    for (auto layer = block.first_layer; layer <= block.last_layer(); ++layer) {
      const auto part = weights.network.layers[layer].name.substr(block.name.size() + 1);
      convolutions_.push_back(together->register_module(part, convolution_of(weights, layer)));
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

torch::Tensor BlockNetworkImpl::embed(const torch::Tensor& rows) {
  return forward_maps(rows.reshape({rows.size(0), input_.channels, input_.frames, input_.bands})).mean({2, 3});
}

std::vector<std::vector<torch::Tensor>> BlockNetworkImpl::parameters_of_blocks() const {
  std::vector<std::vector<torch::Tensor>> blocks;
  for (const auto& child : children()) blocks.push_back(child->parameters());
  return blocks;
}

void BlockNetworkImpl::copy_to(weights::Weights& weights) const {
  auto layer = first_layer(weights.network, first_);
  for (const auto& convolution : convolutions_) {
    const auto& name = weights.network.layers.at(layer).name;
    auto& target = weights.layers.at(layer++);
    auto kernel = values_of(convolution->kernel), beta = values_of(convolution->beta);
    if (kernel.size() != target.kernel.size() || beta.size() != target.beta.size()) {
      throw UsageError(name + ": the trained values do not fit these weights");
    }
    target.kernel = std::move(kernel);
    target.beta = std::move(beta);
    target.mean = values_of(convolution->mean);
    target.variance = values_of(convolution->variance);
  }
}

}  // namespace soundfold::finetuning
