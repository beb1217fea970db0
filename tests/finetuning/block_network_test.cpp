// SPDX-License-Identifier: Apache-2.0
#include "finetuning/block_network.h"

#include "device/tensor_values.h"
#include "finetuning/tiny_network.h"
#include "support/errors.h"

#include <catch2/catch.hpp>

using namespace soundfold;
using finetuning::BlockNetwork;

TEST_CASE("the blocks one after the other are the network's own module", "[finetuning]") {
  const auto activation = GENERATE(network::Activation::relu, network::Activation::relu6);
  const auto weights = testing::tiny_network(3, activation);
  const auto patches = testing::random_patches(5, 1);
  const auto expected = testing::module_outputs(weights, patches).first;
  const torch::NoGradGuard no_gradients;
  BlockNetwork whole(weights, 1, 4);
  const auto& out = whole->output();
  REQUIRE(out.values() == 8 * 12 * 8);
  const auto maps = whole->forward(patches).reshape({5, out.channels, out.frames, out.bands});
  CHECK(largest_difference(maps.mean({2, 3}), expected) < 1e-5);

  for (std::int64_t cut = 1; cut < 4; ++cut) {
    BlockNetwork front(weights, 1, cut), tail(weights, cut + 1, 4);
    INFO("cut after block " << cut);
    CHECK(front->output().values() == tail->input().values());
    CHECK(largest_difference(tail->forward(front->forward(patches)), whole->forward(patches)) == 0);
  }
}

TEST_CASE("gradients of every parameter are those of finite differences", "[finetuning]") {
  const auto activation = GENERATE(network::Activation::relu, network::Activation::relu6);
  BlockNetwork network(testing::tiny_network(5, activation), 2, 4);
  network->to(torch::kFloat64);
  auto generator = at::detail::createCPUGenerator(2);
  const auto maps = torch::rand({2, network->input().values()}, generator, torch::kFloat64) * 3;
  const auto mix = torch::rand({2, network->output().values()}, generator, torch::kFloat64) - 0.5;
  const auto loss = [&] { return (network->forward(maps) * mix).sum(); };
  loss().backward();
  const torch::NoGradGuard no_gradients;
  constexpr double kStep = 1e-6;
  int moved = 0;
  for (auto& parameter : network->named_parameters()) {
    auto values = parameter.value().flatten();
    const auto gradient = parameter.value().grad().flatten();
    for (std::int64_t i = 0; i < values.numel(); i += 5) {
      const auto before = values[i].item<double>();
      values[i] = before + kStep;
      const auto above = loss().item<double>();
      values[i] = before - kStep;
      const auto below = loss().item<double>();
      values[i] = before;
      INFO(parameter.key() << " value " << i);
      CHECK(gradient[i].item<double>() == Approx((above - below) / (2 * kStep)).epsilon(1e-4).margin(1e-5));
      moved += gradient[i].item<double>() != 0;
    }
  }
  CHECK(moved > 20);
}

TEST_CASE("parameters carry the names of the module file and go back into weights", "[finetuning]") {
  auto weights = testing::tiny_network(7);
  BlockNetwork tail(weights, 3, 4);
  std::vector<std::string> names;
  for (const auto& parameter : tail->named_parameters()) names.push_back(parameter.key());
  CHECK(names == std::vector<std::string>{"layer3.depthwise.kernel", "layer3.depthwise.beta", "layer3.pointwise.kernel",
                                          "layer3.pointwise.beta", "layer4.depthwise.kernel", "layer4.depthwise.beta",
                                          "layer4.pointwise.kernel", "layer4.pointwise.beta"});
  CHECK(tail->parameters_of_blocks().size() == 2);
  CHECK(tail->parameters_of_blocks()[0].size() == 4);

  const auto before = weights;
  {
    const torch::NoGradGuard no_gradients;
    for (auto& parameter : tail->parameters()) parameter.add_(0.25);
  }
  tail->copy_to(weights);
  for (std::size_t layer = 0; layer < weights.layers.size(); ++layer) {
    const bool trained = layer >= 3;
    INFO(weights.network.layers[layer].name);
    CHECK((weights.layers[layer].kernel == before.layers[layer].kernel) == !trained);
    CHECK((weights.layers[layer].beta == before.layers[layer].beta) == !trained);
    CHECK(weights.layers[layer].mean == before.layers[layer].mean);
    CHECK(weights.layers[layer].variance == before.layers[layer].variance);
  }
  CHECK(weights.layers[3].kernel[0] == before.layers[3].kernel[0] + 0.25F);
}

TEST_CASE("blocks that do not exist are refused", "[finetuning]") {
  const auto weights = testing::tiny_network(1);
  CHECK(finetuning::block_count(weights) == 4);
  CHECK_THROWS_AS(BlockNetwork(weights, 0, 4), UsageError);
  CHECK_THROWS_AS(BlockNetwork(weights, 3, 2), UsageError);
  CHECK_THROWS_AS(BlockNetwork(weights, 1, 5), UsageError);
}

TEST_CASE("YAMNet's maps have the published sizes", "[finetuning]") {
  weights::Weights weights;
  weights.network = network::yamnet_description();
  const auto sides = [&](std::int64_t block) {
    const auto shape = finetuning::map_after(weights, block);
    return std::vector<std::int64_t>{shape.channels, shape.frames, shape.bands};
  };
  CHECK(sides(0) == std::vector<std::int64_t>{1, 96, 64});
  CHECK(sides(1) == std::vector<std::int64_t>{32, 48, 32});
  CHECK(sides(12) == std::vector<std::int64_t>{512, 6, 4});
  CHECK(sides(14) == std::vector<std::int64_t>{1024, 3, 2});
}
