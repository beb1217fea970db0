// SPDX-License-Identifier: Apache-2.0
#include "head_spec/head_spec.h"

#include "support/errors.h"

#include <catch2/catch.hpp>

#include <limits>

using namespace soundfold;
using Catch::Contains;
using head_spec::HeadSpec;

namespace {

HeadSpec rich_spec() {
  HeadSpec spec;
  spec.input = head_spec::HeadInput::both;
  spec.input_size = 10;
  spec.class_count = 3;
  spec.hidden = {6, 4};
  spec.activation = head_spec::Activation::gelu;
  spec.normalization = head_spec::Normalization::batch;
  spec.dropout = 0.25;
  spec.pooling = head_spec::Pooling::mean_max;
  spec.standardize = true;
  spec.scaling = head_spec::Scaling::rms;
  spec.parts = {7, 3};
  spec.known_inputs = 7;
  return spec;
}

}  // namespace

TEST_CASE("a head's form comes back from its JSON", "[head_spec]") {
  auto normed = rich_spec();
  normed.known_norm_epsilon = 1e-5;
  CHECK(head_spec::from_json(head_spec::to_json(normed)).known_norm_epsilon == 1e-5);
  CHECK_FALSE(head_spec::to_json(rich_spec()).contains("known_norm_epsilon"));
  for (const auto& spec : {HeadSpec(), rich_spec(), normed}) {
    const auto json = head_spec::to_json(spec);
    CHECK(head_spec::to_json(head_spec::from_json(json)) == json);
  }
}

TEST_CASE("the JSON of a head's form is what files of today have", "[head_spec]") {
  CHECK(head_spec::to_json(rich_spec()) == nlohmann::json::parse(R"({
    "input": "both", "input_size": 10, "class_count": 3, "hidden": [6, 4], "activation": "gelu",
    "normalization": "batch", "dropout": 0.25, "pooling": "mean_max", "standardize": true, "scaling": "rms",
    "parts": [7, 3], "known_inputs": 7})"));
  auto older = head_spec::to_json(HeadSpec());
  CHECK(older.at("pooling") == "window");
  older["pooling"] = "frame";  // as files of earlier versions have it
  CHECK(head_spec::to_json(head_spec::from_json(older)).at("pooling") == "window");
}

TEST_CASE("a form that is none is refused, and the key named", "[head_spec]") {
  const auto refused = [](const char* key, const nlohmann::json& value) {
    auto json = head_spec::to_json(rich_spec());
    json[key] = value;
    INFO(key << " " << value);
    CHECK_THROWS_WITH(head_spec::from_json(json), Contains("head: ") && Contains(key));
    json.erase(key);
    CHECK_THROWS_AS(head_spec::from_json(json), DataError);
  };
  refused("input", "patches");
  refused("pooling", 3);
  refused("input_size", 0);
  refused("class_count", -1);
  refused("class_count", 2.5);
  refused("class_count", 18'446'744'073'709'551'615U);
  refused("hidden", nlohmann::json::array({0}));
  refused("hidden", "6");
  refused("parts", nlohmann::json::array({7, 4}));
  refused("dropout", 1);
  refused("standardize", 1);
  refused("known_inputs", -1);
  CHECK_THROWS_AS(head_spec::from_json(nullptr), DataError);
}

TEST_CASE("a norm of known classes that is none is refused", "[head_spec]") {
  const auto refused = [](nlohmann::json json, const nlohmann::json& value) {
    json["known_norm_epsilon"] = value;
    INFO(value);
    CHECK_THROWS_WITH(head_spec::from_json(json), Contains("head: known_norm_epsilon is"));
    CHECK_THROWS_AS(head_spec::from_json(json), DataError);
  };
  const auto known = head_spec::to_json(rich_spec());
  refused(known, -1e-5);
  refused(known, "1e-5");
  refused(known, nullptr);
  refused(known, std::numeric_limits<double>::infinity());
  refused(known, std::numeric_limits<double>::quiet_NaN());
  refused(head_spec::to_json(HeadSpec()), 1e-5);  // no class is known
}

TEST_CASE("the tensors of a head are those that its form asks for", "[head_spec]") {
  std::string text;
  for (const auto& [name, sizes] : head_spec::tensor_shapes(rich_spec())) {
    text += name;
    for (const auto size : sizes) text += " " + std::to_string(size);
    text += "\n";
  }
  CHECK(text ==
        "input_mean 10\ninput_scale 10\n"
        "linear0.weight 6 20\nlinear0.bias 6\n"
        "norm0.weight 6\nnorm0.bias 6\nnorm0.running_mean 6\nnorm0.running_var 6\n"
        "linear1.weight 4 6\nlinear1.bias 4\n"
        "norm1.weight 4\nnorm1.bias 4\nnorm1.running_mean 4\nnorm1.running_var 4\n"
        "linear2.weight 3 4\nlinear2.bias 3\n"
        "known_kernel 3 7\nknown_bias 3\nknown_gain 3\nknown_offset 3\n");
  CHECK(head_spec::part_sizes(rich_spec()) == std::vector<std::int64_t>{7, 3, 7, 3});
}
