// SPDX-License-Identifier: Apache-2.0
#include "network/description_text.h"

#include "support/errors.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace soundfold;
using network::Description;
using Json = nlohmann::json;

namespace {

Description other() {
  Description description;
  description.layers = {{"stem", network::LayerKind::full, 5, 2, 1, 4},
                        {"last.depthwise", network::LayerKind::depthwise, 3, 1, 4, 4},
                        {"last.pointwise", network::LayerKind::pointwise, 1, 1, 4, 6}};
  description.batch_norm_epsilon = 1e-3;
  description.input.sample_rate_hz = 32'000;
  description.input.mel_bands = 128;
  description.input.mel_low_hz = 27.5;
  return description;
}

}  // namespace

TEST_CASE("a description comes back from its text, but for channels and classes", "[network]") {
  const auto read = network::described(network::geometry_text(other()));
  REQUIRE(read.layers.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    const auto layer = other().layers[i];
    CHECK(read.layers[i].name == layer.name);
    CHECK(read.layers[i].kind == layer.kind);
    CHECK(read.layers[i].side == layer.side);
    CHECK(read.layers[i].stride == layer.stride);
    CHECK(read.layers[i].out_channels == 0);
  }
  CHECK(read.batch_norm_epsilon == 1e-3);
  CHECK(read.input == other().input);
  CHECK(read.class_count == 0);
}

TEST_CASE("YAMNet's family is told by layers and input", "[network]") {
  auto yamnet = network::yamnet_description();
  CHECK(network::is_of_yamnet_family(yamnet));
  CHECK(network::recipe_text(yamnet).empty());
  yamnet.layers[1].stride = 2;
  yamnet.activation = network::Activation::relu6;
  CHECK(network::is_of_yamnet_family(network::with_channels(yamnet, std::vector<std::int64_t>(14, 8))));
  CHECK_FALSE(network::is_of_yamnet_family(other()));
  SECTION("another layer") {
    yamnet.layers[0].side = 5;
  }
  SECTION("a layer less") {
    yamnet.layers.pop_back();
  }
  SECTION("another input") {
    yamnet.input.sample_rate_hz = 32'000;
    CHECK_FALSE(network::recipe_text(yamnet).empty());
  }
  SECTION("another epsilon") {
    yamnet.batch_norm_epsilon = 1e-5;
  }
  CHECK_FALSE(network::is_of_yamnet_family(yamnet));
}

TEST_CASE("a text that describes no network is refused", "[network]") {
  const Json whole = Json::parse(network::geometry_text(other()));
  const auto refused = [](const std::string& text) { CHECK_THROWS_AS(network::described(text), DataError); };
  for (const char* text : {"", "7", "[]", "{}", "{\"layers\": 3}"}) refused(text);
  refused(std::string(1'000, '['));
  const auto changed = [&](const char* pointer, const Json& value) {
    Json json = whole;
    json[Json::json_pointer(pointer)] = value;
    INFO(pointer << " " << value);
    refused(json.dump());
  };
  changed("/layers", Json::array());
  changed("/layers/0/kind", "dense");
  changed("/layers/0/side", 1e88);
  changed("/layers/0/stride", "2");
  changed("/layers/1/name", 3);
  changed("/recipe/sample_rate_hz", 0);
  changed("/recipe/mel_bands", 5'000'000'000);
  changed("/recipe/mel_high_hz", 90'000);
  changed("/recipe/batch_norm_epsilon", 0);
  changed("/recipe", nullptr);
}

TEST_CASE("a transformer's text reads back to the same network", "[network]") {
  const auto ced = network::ced_description(network::CedSize::mini);
  const auto text = network::geometry_text(ced);
  const auto read = network::described(text);
  REQUIRE(read.transformer);
  CHECK(*read.transformer == *ced.transformer);
  CHECK(read.input == ced.input);
  CHECK(network::geometry_text(read) == text);
  CHECK_FALSE(network::is_of_yamnet_family(read));
  const auto changed = [&](const std::string& from, const std::string& to) {
    auto other = text;
    other.replace(other.find(from), from.size(), to);
    return other;
  };
  for (const auto& [from, to] : {std::pair<std::string, std::string>{"\"heads\":4", "\"heads\":7"},
                                 {"\"heads\":4", "\"heads\":0"},
                                 {"\"token_side\":16", "\"token_side\":0"},
                                 {"\"token_side\":16", "\"token_side\":1e99"},
                                 {"\"norm_epsilon\":", "\"another\":"},
                                 {"\"centered\":true", "\"centered\":7"},
                                 {"\"centered\":true", "\"centered\":false"},
                                 {"\"top_db\":120.0", "\"top_db\":-3"},
                                 {"\"depth\":12", "\"depth\":1200000"}}) {
    INFO(to);
    CHECK_THROWS_AS(network::described(changed(from, to)), DataError);
  }
}
