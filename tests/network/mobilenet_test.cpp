// SPDX-License-Identifier: Apache-2.0
#include "network/mobilenet.h"

#include "network/description.h"
#include "network/description_text.h"
#include "support/errors.h"

#include <catch2/catch.hpp>

using namespace soundfold;

TEST_CASE("EfficientAT's networks have the published sizes", "[network]") {
  struct Published {
    double width;
    std::int64_t embedding, parameters;
    double macs_10_s;  // in 1e9
  };
  // Millions of parameters and MACs as EfficientAT's README has them; all digits: tests/efficientat/reference.py.
  for (const auto& row : {Published{0.4, 384, 983'599, 0.11}, Published{1, 960, 4'876'831, 0.54}}) {
    const auto network = network::efficientat_description(row.width);
    REQUIRE_NOTHROW(network::check(network));
    const auto& mobilenet = *network.mobilenet;
    CHECK(network.class_count == 527);
    CHECK(network.embedding_size() == row.embedding);
    CHECK(mobilenet.blocks.size() == 15);
    std::int64_t parameters = 527 * (mobilenet.hidden_size + 1);
    for (const auto& tensor : network::named_tensors(network)) {
      const auto& name = tensor.name;
      const bool linear = name.find("squeeze") != std::string::npos || name.find("excite") != std::string::npos ||
                          name.rfind("hidden", 0) == 0;
      const bool bias = tensor.shape.size() == 1;
      parameters += tensor.size() * (bias && !linear ? 2 : 1);  // gamma and beta were folded
    }
    CHECK(parameters == row.parameters);
    const auto macs = network::multiply_accumulates(mobilenet, 1'000, 128, 527);
    CHECK(static_cast<double>(macs) / 1e9 == Approx(row.macs_10_s).epsilon(0.03));
  }
  const auto wide = network::mobilenet_v3(4);
  CHECK(wide.last_channels == 3'840);
  CHECK(wide.hidden_size == 5'120);
}

TEST_CASE("channels of MobileNetV3 are rounded as its authors do it", "[network]") {
  const auto blocks = network::mobilenet_v3(1).blocks;
  CHECK(blocks[3].squeeze_channels == 24);  // 72 / 4 = 18: 16 would be below 0.9 * 18
  CHECK(blocks[4].squeeze_channels == 32);  // 30
  CHECK(blocks[10].squeeze_channels == 120);
  CHECK(blocks[14].squeeze_channels == 240);
  const auto narrow = network::mobilenet_v3(0.4);
  CHECK(narrow.stem_channels == 8);  // 6.4
  CHECK(narrow.blocks[0].out_channels == 8);
  CHECK(narrow.blocks[1].expanded_channels == 24);  // 25.6
  CHECK(narrow.blocks[14].out_channels == 64);
  CHECK(narrow.hidden_size == 512);
  for (const double width : {0.0, -1.0, 11.0}) CHECK_THROWS_AS(network::mobilenet_v3(width), UsageError);
}

TEST_CASE("a MobileNet's text reads back to the same network", "[network]") {
  const auto efficientat = network::efficientat_description(0.4);
  const auto text = network::geometry_text(efficientat);
  const auto read = network::described(text);
  REQUIRE(read.mobilenet);
  CHECK(*read.mobilenet == *efficientat.mobilenet);
  CHECK(read.input == efficientat.input);
  CHECK(network::geometry_text(read) == text);
  CHECK_FALSE(network::is_of_yamnet_family(read));
  for (const auto& [from, to] : {std::pair<std::string, std::string>{"\"stem_channels\":8", "\"stem_channels\":0"},
                                 {"\"stem_channels\":8", "\"stem_channels\":8.5"},
                                 {"\"side\":3", "\"side\":4"},
                                 {"\"side\":3", "\"side\":33"},
                                 {"\"stride\":2", "\"stride\":3"},
                                 {"\"expanded_channels\":24", "\"expanded_channels\":1000000"},
                                 {"\"squeeze_channels\":0", "\"squeeze_channels\":-1"},
                                 {"\"hard_swish\":false", "\"hard_swish\":0"},
                                 {"\"hidden_size\":512", "\"hidden_size\":1e99"},
                                 {"\"input_factor\":0.2", "\"input_factor\":0"},
                                 {"\"input_shift\":4.5", "\"input_shift\":1e9"},
                                 {"\"preemphasis\":0.97", "\"preemphasis\":1"},
                                 {"\"symmetric_window\":true", "\"symmetric_window\":1"},
                                 {"\"blocks\":", "\"others\":"}}) {
    INFO(to);
    auto other = text;
    REQUIRE(other.find(from) != std::string::npos);
    other.replace(other.find(from), from.size(), to);
    CHECK_THROWS_AS(network::described(other), DataError);
  }
  auto both = text;
  both.insert(1, "\"transformer\":{\"embedding_size\":8},");
  CHECK_THROWS_AS(network::described(both), DataError);
}

TEST_CASE("a MobileNet that cannot be computed is refused", "[network]") {
  auto network = network::efficientat_description(1);
  network.layers = network::yamnet_description().layers;
  CHECK_THROWS_WITH(network::check(network), Catch::Contains("layers too"));
  network = network::efficientat_description(1);
  network.mobilenet->blocks.clear();
  CHECK_THROWS_WITH(network::check(network), Catch::Contains("the blocks are not 1 to 64"));
  network = network::ced_description(network::CedSize::tiny);
  network.mobilenet = network::mobilenet_v3(1);
  CHECK_THROWS_WITH(network::check(network), Catch::Contains("layers too"));
}
