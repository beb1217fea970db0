// SPDX-License-Identifier: Apache-2.0
#include "finetuning/tiny_network.h"

#include "yamnet/module.h"

#include <cmath>
#include <random>

namespace soundfold::testing {
namespace {

using Kind = weights::ConvLayer::Kind;

std::vector<float> uniform(std::mt19937& random, std::int64_t count, float low, float high) {
  std::uniform_real_distribution<float> value(low, high);
  std::vector<float> values(static_cast<std::size_t>(count));
  for (auto& v : values) v = value(random);
  return values;
}

weights::ConvLayer make_layer(std::mt19937& random, const std::string& name, Kind kind, std::int64_t in,
                              std::int64_t out, int stride) {
  weights::ConvLayer layer;
  layer.name = name;
  layer.kind = kind;
  layer.in_channels = in;
  layer.out_channels = out;
  layer.stride = stride;
  const std::int64_t fan_in = (kind == Kind::pointwise ? 1 : 9) * (kind == Kind::depthwise ? 1 : in);
  const float bound = std::sqrt(6.0F / static_cast<float>(fan_in));
  layer.kernel = uniform(random, out * fan_in, -bound, bound);
  layer.beta = uniform(random, out, 0.0F, 0.5F);
  layer.mean = uniform(random, out, -0.5F, 0.5F);
  layer.variance = uniform(random, out, 0.5F, 1.5F);
  return layer;
}

}  // namespace

weights::Weights tiny_network(unsigned seed, weights::Activation activation) {
  std::mt19937 random(seed);
  weights::Weights weights;
  weights.layers.push_back(make_layer(random, "layer1", Kind::full, 1, 4, 2));
  const std::int64_t channels[] = {6, 6, 8};
  const int strides[] = {1, 2, 2};
  for (int block = 2; block <= 4; ++block) {
    const auto in = weights.layers.back().out_channels;
    const auto name = "layer" + std::to_string(block);
    weights.layers.push_back(make_layer(random, name + ".depthwise", Kind::depthwise, in, in, strides[block - 2]));
    weights.layers.push_back(make_layer(random, name + ".pointwise", Kind::pointwise, in, channels[block - 2], 1));
  }
  weights.classifier_kernel = uniform(random, 5 * 8, -1, 1);
  weights.classifier_bias = uniform(random, 5, -0.5F, 0.5F);
  weights.activation = activation;
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
