// SPDX-License-Identifier: Apache-2.0
#include "network/description.h"

#include "support/errors.h"

#include <catch2/catch.hpp>

using namespace soundfold;
using network::LayerKind;

namespace {

/// A row of the published table of YAMNet's layers: what comes out of each, [frames, bands, channels].
struct Published {
  const char* name;
  LayerKind kind;
  int side, stride;
  std::int64_t in, out, frames, bands;
};

constexpr auto kFull = LayerKind::full, kDepthwise = LayerKind::depthwise, kPointwise = LayerKind::pointwise;
constexpr Published kPublished[] = {
    {"layer1", kFull, 3, 2, 1, 32, 48, 32},
    {"layer2.depthwise", kDepthwise, 3, 1, 32, 32, 48, 32},
    {"layer2.pointwise", kPointwise, 1, 1, 32, 64, 48, 32},
    {"layer3.depthwise", kDepthwise, 3, 2, 64, 64, 24, 16},
    {"layer3.pointwise", kPointwise, 1, 1, 64, 128, 24, 16},
    {"layer4.depthwise", kDepthwise, 3, 1, 128, 128, 24, 16},
    {"layer4.pointwise", kPointwise, 1, 1, 128, 128, 24, 16},
    {"layer5.depthwise", kDepthwise, 3, 2, 128, 128, 12, 8},
    {"layer5.pointwise", kPointwise, 1, 1, 128, 256, 12, 8},
    {"layer6.depthwise", kDepthwise, 3, 1, 256, 256, 12, 8},
    {"layer6.pointwise", kPointwise, 1, 1, 256, 256, 12, 8},
    {"layer7.depthwise", kDepthwise, 3, 2, 256, 256, 6, 4},
    {"layer7.pointwise", kPointwise, 1, 1, 256, 512, 6, 4},
    {"layer8.depthwise", kDepthwise, 3, 1, 512, 512, 6, 4},
    {"layer8.pointwise", kPointwise, 1, 1, 512, 512, 6, 4},
    {"layer9.depthwise", kDepthwise, 3, 1, 512, 512, 6, 4},
    {"layer9.pointwise", kPointwise, 1, 1, 512, 512, 6, 4},
    {"layer10.depthwise", kDepthwise, 3, 1, 512, 512, 6, 4},
    {"layer10.pointwise", kPointwise, 1, 1, 512, 512, 6, 4},
    {"layer11.depthwise", kDepthwise, 3, 1, 512, 512, 6, 4},
    {"layer11.pointwise", kPointwise, 1, 1, 512, 512, 6, 4},
    {"layer12.depthwise", kDepthwise, 3, 1, 512, 512, 6, 4},
    {"layer12.pointwise", kPointwise, 1, 1, 512, 512, 6, 4},
    {"layer13.depthwise", kDepthwise, 3, 2, 512, 512, 3, 2},
    {"layer13.pointwise", kPointwise, 1, 1, 512, 1024, 3, 2},
    {"layer14.depthwise", kDepthwise, 3, 1, 1024, 1024, 3, 2},
    {"layer14.pointwise", kPointwise, 1, 1, 1024, 1024, 3, 2},
};

}  // namespace

TEST_CASE("YAMNet's description is the published network", "[network]") {
  const auto yamnet = network::yamnet_description();
  const auto maps = network::maps(yamnet);
  REQUIRE(yamnet.layers.size() == std::size(kPublished));
  REQUIRE(maps.size() == std::size(kPublished) + 1);
  for (std::size_t i = 0; i < std::size(kPublished); ++i) {
    const auto& layer = yamnet.layers[i];
    const auto& published = kPublished[i];
    INFO(published.name);
    CHECK(layer.name == published.name);
    CHECK(layer.kind == published.kind);
    CHECK(layer.side == published.side);
    CHECK(layer.stride == published.stride);
    CHECK(layer.in_channels == published.in);
    CHECK(layer.out_channels == published.out);
    CHECK(maps[i + 1].channels == published.out);
    CHECK(maps[i + 1].frames == published.frames);
    CHECK(maps[i + 1].bands == published.bands);
  }
  CHECK(maps[0].values() == 96 * 64);
  CHECK(yamnet.embedding_size() == 1024);
  CHECK(yamnet.class_count == 521);
  CHECK(yamnet.batch_norm_epsilon == 1e-4);
  CHECK(yamnet.input.sample_rate_hz == 16000);
  CHECK(yamnet.input.patch_window_samples() == 15600);
  CHECK(network::blocks(yamnet).size() == 14);
  CHECK_NOTHROW(network::check(yamnet));
}

TEST_CASE("padding is TensorFlow's SAME", "[network]") {
  const auto sides = [](int side, int stride) {
    const network::Layer layer{"layer1", LayerKind::full, side, stride, 1, 1};
    return std::vector<std::int64_t>{layer.padding_before(), layer.padding_after(), layer.convolved(48)};
  };
  CHECK(sides(3, 1) == std::vector<std::int64_t>{1, 1, 48});
  CHECK(sides(3, 2) == std::vector<std::int64_t>{0, 1, 24});
  CHECK(sides(5, 1) == std::vector<std::int64_t>{2, 2, 48});
  CHECK(sides(5, 2) == std::vector<std::int64_t>{1, 2, 24});
  CHECK(sides(1, 1) == std::vector<std::int64_t>{0, 0, 48});
}

TEST_CASE("kernels have the shapes of their kinds", "[network]") {
  const network::Layer full{"a", LayerKind::full, 3, 1, 4, 6}, depthwise{"b", LayerKind::depthwise, 5, 1, 6, 6};
  const network::Layer pointwise{"c", LayerKind::pointwise, 1, 1, 6, 8};
  CHECK(full.kernel_shape() == std::vector<std::int64_t>{6, 4, 3, 3});
  CHECK(depthwise.kernel_shape() == std::vector<std::int64_t>{6, 1, 5, 5});
  CHECK(pointwise.kernel_shape() == std::vector<std::int64_t>{8, 6, 1, 1});
  CHECK(full.kernel_size() == 216);
  CHECK(depthwise.kernel_size() == 150);
  CHECK(depthwise.groups() == 6);
  CHECK(pointwise.groups() == 1);
}

TEST_CASE("other widths change channels alone", "[network]") {
  const auto yamnet = network::yamnet_description();
  std::vector<std::int64_t> channels(14, 12);
  channels[13] = 40;
  const auto thin = network::with_channels(yamnet, channels);
  CHECK_NOTHROW(network::check(thin));
  CHECK(thin.embedding_size() == 40);
  CHECK(thin.layers[0].in_channels == 1);
  CHECK(thin.layers[25].out_channels == 12);
  for (std::size_t i = 0; i < thin.layers.size(); ++i) CHECK(thin.layers[i].stride == yamnet.layers[i].stride);
  CHECK_THROWS(network::with_channels(yamnet, {8, 8}));
}

TEST_CASE("a description that is no network is refused", "[network]") {
  auto network = network::yamnet_description();
  SECTION("no layers") {
    network.layers.clear();
  }
  SECTION("channels that do not follow") {
    network.layers[4].in_channels = 65;
  }
  SECTION("two layers exchanged") {
    std::swap(network.layers[3], network.layers[4]);
  }
  SECTION("a half of a block") {
    network.layers.pop_back();
  }
  SECTION("a stride of 3") {
    network.layers[1].stride = 3;
  }
  SECTION("a pointwise stride") {
    network.layers[2].stride = 2;
  }
  SECTION("an even kernel") {
    network.layers[1].side = 4;
  }
  SECTION("a name that is no identifier") {
    network.layers[0].name = "layer1()";
  }
  SECTION("a name that is a number") {
    network.layers[0].name = "1";
  }
  SECTION("no name") {
    network.layers[0].name.clear();
  }
  SECTION("a part of another name") {
    network.layers[1].name = "layer2.deep";
  }
  SECTION("a name that comes twice") {
    network.layers[5].name = "layer2.depthwise";
    network.layers[6].name = "layer2.pointwise";
  }
  SECTION("an input that is none") {
    network.input.hop_samples = 0;
  }
  SECTION("a patch that is used up") {
    network.input.mel_bands = 16;
  }
  CHECK_THROWS_AS(network::check(network), UsageError);
}

TEST_CASE("activations have names", "[network]") {
  for (const auto activation : {network::Activation::relu, network::Activation::relu6}) {
    CHECK(network::activation_from_name(network::activation_name(activation)) == activation);
  }
  CHECK_FALSE(network::activation_from_name("auto"));
}

TEST_CASE("CED's sizes are the published ones", "[network]") {
  struct Published {
    network::CedSize size;
    std::int64_t embedding, heads, parameters;
    double macs_5_s, macs_10_s;  // in 1e9
  };
  const Published published[] = {{network::CedSize::tiny, 192, 3, 5'503'183, 0.74, 1.61},
                                 {network::CedSize::mini, 256, 4, 9'696'655, 1.27, 2.73},
                                 {network::CedSize::small, 384, 6, 21'622'543, 2.79, 5.86},
                                 {network::CedSize::base, 768, 12, 85'711'759, 10.8, 22.2}};
  for (const auto& row : published) {
    const auto ced = network::ced_description(row.size);
    REQUIRE_NOTHROW(network::check(ced));
    INFO(name_of(row.size));
    CHECK(ced.embedding_size() == row.embedding);
    CHECK(ced.class_count == 527);
    CHECK(ced.transformer->heads == row.heads);
    CHECK(ced.transformer->head_size() == 64);
    const auto tensors = network::transformer_tensors(*ced.transformer, 64);
    CHECK(tensors.size() == 156);
    auto parameters = 527 * (row.embedding + 1) - 128;  // the classifier; without the statistics of the bands
    for (const auto& tensor : tensors) parameters += tensor.size();
    CHECK(parameters == row.parameters);
    const auto macs = [&](std::int64_t frames) {
      return static_cast<double>(network::multiply_accumulates(*ced.transformer, frames, 64, 527)) / 1e9;
    };
    CHECK(macs(501) == Approx(row.macs_5_s).epsilon(0.01));
    CHECK(macs(1'001) == Approx(row.macs_10_s).epsilon(0.01));
  }
}

TEST_CASE("a transformer that cannot be computed is refused", "[network]") {
  using Change = void (*)(network::Description&);
  const std::pair<const char*, Change> wrong[] = {
      {"layers too", [](network::Description& d) { d.layers = network::yamnet_description().layers; }},
      {"embedding_size", [](network::Description& d) { d.transformer->embedding_size = 0; }},
      {"heads", [](network::Description& d) { d.transformer->heads = 5; }},
      {"heads", [](network::Description& d) { d.transformer->heads = 0; }},
      {"depth", [](network::Description& d) { d.transformer->depth = 1'000'000; }},
      {"mlp_size", [](network::Description& d) { d.transformer->mlp_size = -1; }},
      {"tokens", [](network::Description& d) { d.transformer->token_side = 24; }},
      {"tokens", [](network::Description& d) { d.transformer->token_side = 0; }},
      {"shorter than a token", [](network::Description& d) { d.transformer->token_side = 32; }},
      {"positions", [](network::Description& d) { d.transformer->max_columns = 62; }},
      {"epsilon", [](network::Description& d) { d.transformer->norm_epsilon = 0; }}};
  for (const auto& [text, change] : wrong) {
    auto network = network::ced_description(network::CedSize::tiny);
    change(network);
    INFO(text);
    CHECK_THROWS_WITH(network::check(network), Catch::Contains(text));
  }
}
