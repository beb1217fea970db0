// SPDX-License-Identifier: Apache-2.0
#include "finetuning/tiny_network.h"

#include "yamnet/module.h"

#include <cmath>
#include <random>
#include <utility>

namespace soundfold::testing {
namespace {

using Kind = network::LayerKind;

std::vector<float> uniform(std::mt19937& random, std::int64_t count, float low, float high) {
  std::uniform_real_distribution<float> value(low, high);
  std::vector<float> values(static_cast<std::size_t>(count));
  for (auto& v : values) v = value(random);
  return values;
}

/// Adds a layer of a square kernel with random values.
void add_layer(std::mt19937& random, weights::Weights& weights, const network::Layer& layer) {
  const float bound = std::sqrt(6.0F / static_cast<float>(layer.taps()));
  network::LayerValues values;
  values.kernel = uniform(random, layer.kernel_size(), -bound, bound);
  values.beta = uniform(random, layer.out_channels, 0.0F, 0.5F);
  values.mean = uniform(random, layer.out_channels, -0.5F, 0.5F);
  values.variance = uniform(random, layer.out_channels, 0.5F, 1.5F);
  weights.network.layers.push_back(layer);
  weights.layers.push_back(std::move(values));
}

}  // namespace

weights::Weights tiny_network(unsigned seed, network::Activation activation) {
  std::mt19937 random(seed);
  weights::Weights weights;
  add_layer(random, weights, {"layer1", Kind::full, 3, 2, 1, 4});
  const std::int64_t channels[] = {6, 6, 8};
  const int strides[] = {1, 2, 2};
  for (int block = 2; block <= 4; ++block) {
    const auto in = weights.embedding_size(), out = channels[block - 2];
    const auto name = "layer" + std::to_string(block);
    add_layer(random, weights, {name + ".depthwise", Kind::depthwise, 3, strides[block - 2], in, in});
    add_layer(random, weights, {name + ".pointwise", Kind::pointwise, 1, 1, in, out});
  }
  weights.network.class_count = 5;
  weights.classifier_kernel = uniform(random, 5 * 8, -1, 1);
  weights.classifier_bias = uniform(random, 5, -0.5F, 0.5F);
  weights.network.activation = activation;
  for (int i = 0; i < 5; ++i) weights.class_names.push_back("class " + std::to_string(i));
  weights.source = "tiny, seed " + std::to_string(seed);
  return weights;
}

torch::Tensor random_patches(std::int64_t count, std::uint64_t seed) {
  auto generator = at::detail::createCPUGenerator(seed);
  return torch::rand({count, 96 * 64}, generator) * 6 - 3;
}

std::pair<torch::Tensor, torch::Tensor> module_outputs(const weights::Weights& weights, const torch::Tensor& patches) {
  const torch::NoGradGuard no_gradients;
  auto network = yamnet::build_module(weights).attr("network").toModule();
  const auto outputs = network.forward({patches.reshape({-1, 1, 96, 64})}).toTuple();
  return {outputs->elements()[0].toTensor(), outputs->elements()[1].toTensor()};
}

}  // namespace soundfold::testing
