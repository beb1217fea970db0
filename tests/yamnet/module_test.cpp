// SPDX-License-Identifier: Apache-2.0
#include "yamnet/module.h"

#include "frontend/log_mel.h"
#include "support/errors.h"
#include "weights/sample_weights.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>

using namespace soundfold;
using namespace soundfold::yamnet;
using namespace soundfold::weights;
using namespace soundfold::weights::testing;

namespace {

/// Feature maps [channels, rows, columns] in double.
struct Maps {
  std::int64_t channels, rows, columns;
  std::vector<double> values;
  double at(std::int64_t c, std::int64_t y, std::int64_t x) const {
    if (y < 0 || x < 0 || y >= rows || x >= columns) return 0.0;
    return values[static_cast<std::size_t>((c * rows + y) * columns + x)];
  }
};

/// One convolution, batch norm and activation, straight from the definitions (TensorFlow's SAME rule on even sides).
Maps naive_layer(const Maps& in, const network::Layer& layer, const network::LayerValues& values,
                 network::Activation activation) {
  const int side = layer.kind == network::LayerKind::pointwise ? 1 : 3;
  const int before = side == 3 && layer.stride == 1 ? 1 : 0;
  const bool depthwise = layer.kind == network::LayerKind::depthwise;
  const std::int64_t inputs = depthwise ? 1 : layer.in_channels;
  Maps out{layer.out_channels, in.rows / layer.stride, in.columns / layer.stride, {}};
  for (std::int64_t o = 0; o < out.channels; ++o) {
    const auto channel = static_cast<std::size_t>(o);
    const double gain = 1.0 / std::sqrt(double{values.variance[channel]} + 1e-4);
    for (std::int64_t y = 0; y < out.rows; ++y) {
      for (std::int64_t x = 0; x < out.columns; ++x) {
        double sum = 0;
        for (std::int64_t i = 0; i < inputs; ++i) {
          for (int ky = 0; ky < side; ++ky) {
            for (int kx = 0; kx < side; ++kx) {
              const auto tap = static_cast<std::size_t>(((o * inputs + i) * side + ky) * side + kx);
              sum += double{values.kernel[tap]} *
                     in.at(depthwise ? o : i, y * layer.stride + ky - before, x * layer.stride + kx - before);
            }
          }
        }
        const double value = std::max(0.0, (sum - values.mean[channel]) * gain + values.beta[channel]);
        out.values.push_back(activation == network::Activation::relu6 ? std::min(value, 6.0) : value);
      }
    }
  }
  return out;
}

std::vector<double> naive_embedding(const float* patch, const Weights& weights) {
  Maps maps{1, 96, 64, std::vector<double>(patch, patch + 96 * 64)};
  for (std::size_t i = 0; i < weights.layers.size(); ++i) {
    maps = naive_layer(maps, weights.network.layers[i], weights.layers[i], weights.network.activation);
  }
  std::vector<double> embedding;
  const std::int64_t area = maps.rows * maps.columns;
  for (std::int64_t c = 0; c < maps.channels; ++c) {
    const auto start = maps.values.begin() + c * area;
    embedding.push_back(std::accumulate(start, start + area, 0.0) / static_cast<double>(area));
  }
  return embedding;
}

torch::Tensor random_patches(std::int64_t count, int seed) {
  torch::manual_seed(seed);
  return torch::rand({count, 1, 96, 64}) * 10 - 6;
}

std::string failure_of(torch::jit::Module& module, const torch::Tensor& waveform) {
  try {
    module.forward({waveform});
  } catch (const std::exception& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("a network of any width computes what the definitions say", "[yamnet]") {
  const auto activation = GENERATE(network::Activation::relu, network::Activation::relu6);
  const Weights weights = random_weights(8, 7, 3, activation);
  auto module = build_module(weights);
  const torch::Tensor patches = random_patches(2, 5);
  const auto result = module.get_method("embed")({patches}).toTuple();
  const torch::Tensor embeddings = result->elements()[0].toTensor();
  const torch::Tensor scores = result->elements()[1].toTensor();
  REQUIRE(embeddings.sizes() == torch::IntArrayRef({2, 128}));
  REQUIRE(scores.sizes() == torch::IntArrayRef({2, 7}));
  const auto expected = naive_embedding(patches.data_ptr<float>() + 96 * 64, weights);
  REQUIRE(*std::max_element(expected.begin(), expected.end()) > 0.01);
  for (std::int64_t i = 0; i < 128; ++i) {
    CHECK(embeddings[1][i].item<float>() == Approx(expected[static_cast<std::size_t>(i)]).epsilon(1e-4).margin(1e-4));
  }
  double logit = weights.classifier_bias[4];
  for (std::size_t i = 0; i < 128; ++i) logit += expected[i] * weights.classifier_kernel[4 * 128 + i];
  CHECK(scores[1][4].item<float>() == Approx(1.0 / (1.0 + std::exp(-logit))).margin(1e-4));
}

TEST_CASE("forward gives the shapes of the recipe's padding table", "[yamnet]") {
  auto module = build_module(random_weights(16, 5, 1, network::Activation::relu));
  struct Row {
    std::int64_t samples, frames, patches;
  };
  const auto row = GENERATE(Row{0, 96, 1}, Row{1, 96, 1}, Row{15600, 96, 1}, Row{15601, 144, 2}, Row{16000, 144, 2},
                            Row{48000, 336, 6}, Row{80000, 528, 10}, Row{107698, 672, 13}, Row{700000, 4416, 91});
  const auto result = module.forward({torch::rand({row.samples}) - 0.5}).toTuple();
  CHECK(result->elements()[0].toTensor().sizes() == torch::IntArrayRef({row.patches, 5}));
  CHECK(result->elements()[1].toTensor().sizes() == torch::IntArrayRef({row.patches, 64}));
  CHECK(result->elements()[2].toTensor().sizes() == torch::IntArrayRef({row.frames, 64}));
}

TEST_CASE("the module's front end and the library's agree", "[yamnet]") {
  const int hop = GENERATE(48, 24, 96, 7, 98, 1000);
  auto module = build_module(random_weights(16, 5, 1, network::Activation::relu), hop);
  // Longer than one group of 4096 frames.
  const auto waveform = random_waveform(700'123, 9);
  const auto expected = frontend::spectrogram(waveform, hop);
  const torch::Tensor input = torch::tensor(waveform);
  const torch::Tensor log_mel = module.get_method("log_mel")({input}).toTensor();
  REQUIRE(log_mel.size(0) == expected.frame_count);
  const torch::Tensor wanted =
      torch::from_blob(const_cast<float*>(expected.log_mel.data()), {expected.frame_count, 64});
  CHECK((log_mel - wanted).abs().max().item<float>() <= 1e-4F);
  const torch::Tensor patches = module.get_method("patches")({log_mel}).toTensor();
  REQUIRE(patches.sizes() == torch::IntArrayRef({expected.patch_count, 1, 96, 64}));
  for (const std::int64_t p : {std::int64_t{0}, expected.patch_count - 1}) {
    CHECK(torch::equal(patches[p][0], log_mel.narrow(0, p * hop, 96)));
  }
}

TEST_CASE("the module cuts as many patches as the library, for any hop and length", "[yamnet]") {
  for (const int hop : {1, 48, 97, 98, 100, 200, 1000}) {
    auto module = build_module(random_weights(16, 5, 1, network::Activation::relu), hop);
    for (const std::int64_t samples : {0, 1, 15'600, 15'601, 15'680, 15'681, 31'361, 48'000, 80'000}) {
      CAPTURE(hop, samples);
      const auto log_mel = module.get_method("log_mel")({torch::rand({samples}) - 0.5}).toTensor();
      CHECK(log_mel.size(0) == frontend::frame_count(frontend::padded_length(samples, hop)));
      const auto patches = module.get_method("patches")({log_mel}).toTensor();
      CHECK(patches.size(0) == frontend::patch_count(samples, hop));
    }
  }
}

TEST_CASE("forward says what it needs", "[yamnet]") {
  auto module = build_module(random_weights(16, 5, 1, network::Activation::relu));
  CHECK_THAT(failure_of(module, torch::zeros({2, 16000})), Catch::Contains("must have one dimension [samples]"));
  CHECK_THAT(failure_of(module, torch::zeros({16000}, torch::kFloat64)), Catch::Contains("must be float32"));
  CHECK_THAT(failure_of(module, torch::zeros({16000}, torch::kInt16)), Catch::Contains("must be float32"));
  CHECK(failure_of(module, torch::zeros({16000})) == "no error");
  CHECK_THROWS_WITH(module.get_method("embed")({torch::zeros({1, 64, 96})}), Catch::Contains("[patches, 1, 96, 64]"));
  CHECK_THROWS_WITH(module.get_method("patches")({torch::zeros({95, 64})}), Catch::Contains("a patch needs 96"));
}

TEST_CASE("a module carries its names, rate and hop, and nothing that trains", "[yamnet]") {
  const auto module = build_module(random_weights(16, 5, 1, network::Activation::relu), 24);
  CHECK(module.attr("sample_rate").toInt() == 16000);
  CHECK(module.attr("patch_hop_frames").toInt() == 24);
  CHECK(module.attr("class_names").toList().size() == 5);
  CHECK(module.attr("weights_digest").toStringRef() == tensors_digest(module));
  CHECK_FALSE(module.is_training());
  for (const auto& parameter : module.parameters()) CHECK_FALSE(parameter.requires_grad());
}

TEST_CASE("weights that do not make a network are refused", "[yamnet]") {
  Weights weights = random_weights(16, 5, 1, network::Activation::relu);
  CHECK_THROWS_WITH(build_module(weights, 0), Catch::Contains("patch_hop_frames: 0"));
  CHECK_THROWS_WITH(build_module(weights, 1001), Catch::Contains("1 to 1000 are allowed"));
  CHECK_THROWS_AS(build_module(Weights{}), UsageError);
  SECTION("names") {
    weights.class_names.pop_back();
    CHECK_THROWS_WITH(build_module(weights), Catch::Contains("4 class names for 5 classes"));
  }
  SECTION("values") {
    weights.layers[3].beta.pop_back();
    CHECK_THROWS_WITH(build_module(weights), Catch::Contains("layer3.depthwise beta"));
  }
  SECTION("order") {
    std::swap(weights.network.layers[3], weights.network.layers[4]);
    CHECK_THROWS_AS(build_module(weights), UsageError);
  }
}

TEST_CASE("the digest sees every value, the activation and the stride, but not the hop or the names", "[yamnet]") {
  Weights weights = random_weights(16, 5, 1, network::Activation::relu);
  const std::string digest = tensors_digest(build_module(weights));
  CHECK(digest == tensors_digest(build_module(weights, 24)));
  SECTION("value") {
    weights.layers[20].variance[0] += 1e-3F;
  }
  SECTION("activation") {
    weights.network.activation = network::Activation::relu6;
  }
  SECTION("stride") {
    weights.network.layers[3].stride = 1;
  }
  CHECK(digest != tensors_digest(build_module(weights)));
  weights = random_weights(16, 5, 1, network::Activation::relu);
  weights.class_names[0] = "renamed";
  CHECK(digest == tensors_digest(build_module(weights)));
}

TEST_CASE("taps give mean and maximum of a block's map beside an unchanged embedding", "[yamnet]") {
  const torch::NoGradGuard no_gradients;
  const auto weights = random_weights(odd_network(), 7, 3, network::Activation::relu6);
  const auto blocks = static_cast<std::int64_t>(weights.layers.size()) / 2 + 1;
  auto plain = yamnet::build_module(weights);
  auto tapped = yamnet::tapped_module(weights, 48, {1, blocks - 1});
  const auto patches = torch::randn({3, 1, 96, 64});
  const auto without = plain.get_method("embed")({patches}).toTuple()->elements();
  const auto with = tapped.module.get_method("embed")({patches}).toTuple()->elements();
  const auto embeddings = with[0].toTensor();
  REQUIRE(embeddings.sizes() == torch::IntArrayRef({3, tapped.embedding_size}));
  CHECK(torch::equal(embeddings.narrow(1, 0, weights.embedding_size()), without[0].toTensor()));
  CHECK(torch::equal(with[1].toTensor(), without[1].toTensor()));

  const auto map = plain.attr("network").toModule().attr("layer1").toModule().forward({patches}).toTensor();
  const auto channels = map.size(1);
  CHECK(tapped.embedding_parts.size() == 5);
  CHECK(tapped.embedding_parts[1] == channels);
  const auto tap = embeddings.narrow(1, weights.embedding_size(), 2 * channels);
  CHECK(torch::allclose(tap.narrow(1, 0, channels), map.mean({2, 3}), 1e-5, 1e-6));
  CHECK(torch::allclose(tap.narrow(1, channels, channels), map.amax({2, 3}), 1e-5, 1e-6));
  CHECK(tapped.weights_digest != yamnet::tensors_digest(plain));
}

TEST_CASE("taps that are no blocks before the last are refused", "[yamnet]") {
  const auto weights = random_weights(odd_network(), 7, 3, network::Activation::relu6);
  const auto blocks = static_cast<std::int64_t>(weights.layers.size()) / 2 + 1;
  for (const auto& taps : std::vector<std::vector<std::int64_t>>{{0}, {blocks}, {1, 1}, {2, 1}}) {
    CHECK_THROWS_AS(yamnet::build_module(weights, 48, taps), UsageError);
  }
}
