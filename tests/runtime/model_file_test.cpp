// SPDX-License-Identifier: Apache-2.0
#include "runtime/model_file.h"

#include "runtime/sample_model.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/hashing.h"
#include "testing/damage.h"
#include "testing/testing.h"
#include "weights/sample_weights.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <functional>

using namespace soundfold;
using Catch::Contains;
using runtime::ModelFile;
using Json = nlohmann::ordered_json;

namespace {

/// The message with which `bytes` are refused, which is one line; empty when they are read.
std::string refusal(const std::string& bytes) {
  try {
    runtime::read_model_bytes(bytes, "model.safetensors");
    return "";
  } catch (const DataError& error) {
    const std::string text = error.what();
    CHECK(text.find('\n') == std::string::npos);
    CHECK(text.size() < 1'200);
    CHECK_THAT(text, Contains("model.safetensors"));
    return text;
  }
}

/// A file taken apart, so that one field can be changed and the rest stays consistent.
struct Parts {
  Json header;
  std::string data;

  explicit Parts(const std::string& bytes) {
    std::uint64_t length = 0;
    for (std::size_t i = 8; i-- > 0;) length = length << 8U | static_cast<unsigned char>(bytes[i]);
    header = Json::parse(bytes.substr(8, length));
    data = bytes.substr(8 + length);
  }
  /// Makes the digest right again, as an attacker would.
  std::string signed_bytes() {
    header["__metadata__"].erase("digest");
    header["__metadata__"]["digest"] = "xxh3_128:" + hash_bytes(HashKind::xxh3_128, header.dump() + data);
    const std::string text = header.dump();
    std::string length(8, '\0');
    for (std::size_t i = 0; i < 8; ++i) length[i] = static_cast<char>((text.size() >> (8 * i)) & 0xFFU);
    return length + text + data;
  }
};

ModelFile with_int8(ModelFile model) {
  model.backbone.quantization = weights::testing::working_quantization(model.backbone, 5);
  return model;
}

void check_same(const ModelFile& a, const ModelFile& b) {
  REQUIRE(a.backbone.layers.size() == b.backbone.layers.size());
  for (std::size_t i = 0; i < a.backbone.layers.size(); ++i) {
    const auto folded = a.backbone.folded(i), other = b.backbone.folded(i);
    double largest = 0;
    for (std::size_t k = 0; k < folded.kernel.size(); ++k) {
      largest = std::max(largest, std::abs(double{folded.kernel[k]} - double{other.kernel[k]}));
    }
    CHECK(largest < 1e-6);
    CHECK(a.backbone.network.layers[i].name == b.backbone.network.layers[i].name);
  }
  CHECK(a.backbone.classifier_kernel == b.backbone.classifier_kernel);
  CHECK(a.backbone.class_names == b.backbone.class_names);
  CHECK(a.backbone.network.input == b.backbone.network.input);
  CHECK(a.backbone.network.activation == b.backbone.network.activation);
  CHECK(a.taps == b.taps);
  CHECK(head_spec::to_json(a.head.spec) == head_spec::to_json(b.head.spec));
  for (const auto& [name, tensor] : a.head.tensors) {
    CHECK(b.head.tensors.at(name).sizes == tensor.sizes);
    CHECK(b.head.tensors.at(name).values == tensor.values);
  }
  CHECK(a.class_names == b.class_names);
  CHECK(a.multi_label == b.multi_label);
  CHECK(a.patch_hop_frames == b.patch_hop_frames);
  CHECK(a.decision.to_json(a.class_names) == b.decision.to_json(b.class_names));
  REQUIRE(a.event_rules.has_value() == b.event_rules.has_value());
  if (a.event_rules) {
    CHECK(events::to_json(*a.event_rules, a.class_names) == events::to_json(*b.event_rules, b.class_names));
  }
  CHECK(a.channels == b.channels);
  CHECK(a.weights_digest == b.weights_digest);
  CHECK(a.torchscript_digest == b.torchscript_digest);
  CHECK(a.metadata == b.metadata);
}

}  // namespace

TEST_CASE("a model comes back from its file, of any form", "[runtime]") {
  for (const char* pooling : {"window", "mean", "mean_max", "attention"}) {
    INFO(pooling);
    auto model = testing::sample_model(pooling);
    model.head.spec.standardize = true;
    model.head.spec.normalization = head_spec::Normalization::batch;
    model.head.spec.known_inputs = 4;
    model.head = testing::random_head_values(model.head.spec);
    model.class_names = {"dog", "\"quoted\", cat", "Fu\xC3\x9F"};
    model.multi_label = true;
    model.patch_hop_frames = 24;
    model.decision.temperature = 1.75;
    model.decision.thresholds = {0.25, 0.5, 0.125};
    if (pooling == std::string("mean")) model.event_rules = events::default_event_rules(3, {0.5, 0.75, 0.25}, 2);
    model.channels = "loudest";
    model.torchscript_digest = "0011";
    const auto bytes = runtime::model_file_bytes(model);
    const auto read = runtime::read_model_bytes(bytes, "model.safetensors");
    check_same(model, read);
    CHECK(runtime::model_file_bytes(model) == bytes);
    CHECK_FALSE(read.backbone.quantization);
  }
}

TEST_CASE("the int8 arithmetic, taps and another network are kept", "[runtime]") {
  auto model = with_int8(testing::sample_model());
  model.taps = {3, 7};
  for (const auto tap : model.taps) {
    const auto block = network::blocks(model.backbone.network).at(static_cast<std::size_t>(tap - 1));
    model.head.spec.input_size += 2 * model.backbone.network.layers[block.last_layer()].out_channels;
  }
  model.head = testing::random_head_values(model.head.spec);
  const auto read = runtime::read_model_bytes(runtime::model_file_bytes(model), "model.safetensors");
  check_same(model, read);
  REQUIRE(read.backbone.quantization);
  const auto &given = *model.backbone.quantization, &found = *read.backbone.quantization;
  CHECK(found.input_scale == given.input_scale);
  CHECK(found.mean_zero_point == given.mean_zero_point);
  REQUIRE(found.layers.size() == given.layers.size());
  for (std::size_t i = 0; i < given.layers.size(); ++i) {
    CHECK(found.layers[i].kernel == given.layers[i].kernel);
    CHECK(found.layers[i].kernel_scales == given.layers[i].kernel_scales);
    CHECK(found.layers[i].bias == given.layers[i].bias);
    CHECK(found.layers[i].output_scale == given.layers[i].output_scale);
  }
  CHECK(found.classifier.kernel == given.classifier.kernel);

  auto other = testing::sample_model();
  other.backbone =
      weights::testing::random_weights(weights::testing::other_geometry(), 4, 3, network::Activation::relu);
  other.patch_hop_frames = 10;
  other.head.spec.input_size = 7 + 4;
  other.head = testing::random_head_values(other.head.spec);
  check_same(other, runtime::read_model_bytes(runtime::model_file_bytes(other), "model.safetensors"));
}

TEST_CASE("in float16 the backbone is rounded, and the head is not", "[runtime]") {
  auto model = testing::sample_model();
  const auto whole = runtime::model_file_bytes(model);
  model.weight_format = runtime::WeightFormat::float16;
  const auto half = runtime::model_file_bytes(model);
  CHECK(half.size() < 0.6 * static_cast<double>(whole.size()));
  const auto read = runtime::read_model_bytes(half, "model.safetensors");
  CHECK(read.head.values("linear0.weight") == model.head.values("linear0.weight"));
  CHECK(runtime::model_file_bytes(read) == half);
  double largest = 0;
  for (std::size_t i = 0; i < model.backbone.classifier_kernel.size(); ++i) {
    const double exact = model.backbone.classifier_kernel[i];
    largest = std::max(largest, std::abs(read.backbone.classifier_kernel[i] - exact) / (std::abs(exact) + 1e-4));
  }
  CHECK(largest > 0);
  CHECK(largest < std::ldexp(1.0, -11));
}

TEST_CASE("a model whose parts do not fit, or whose values are no numbers, is not written", "[runtime]") {
  using Change = std::function<void(ModelFile&)>;
  const auto refused = [](const std::string& part, const Change& change) {
    auto model = testing::sample_model();
    change(model);
    CHECK_THROWS_WITH(runtime::model_file_bytes(model), Contains(part));
  };
  refused("class names", [](ModelFile& m) { m.class_names.pop_back(); });
  refused("linear0.weight", [](ModelFile& m) { m.head.tensors["linear0.weight"].values.pop_back(); });
  refused("other tensors", [](ModelFile& m) { m.head.tensors["more"] = {{1}, {0}}; });
  refused("values of a window", [](ModelFile& m) { m.taps = {2}; });
  refused("head.linear0.bias", [](ModelFile& m) { m.head.tensors["linear0.bias"].values[0] = std::nanf(""); });
  refused("backbone.classifier.bias", [](ModelFile& m) { m.backbone.classifier_bias[1] = INFINITY; });
}

TEST_CASE("a model file with one wrong field is refused, and the field named", "[runtime]") {
  const Parts whole(runtime::model_file_bytes(with_int8(testing::sample_model())));
  REQUIRE(refusal(Parts(whole).signed_bytes()).empty());
  const auto refused = [&](const std::string& part, const std::string& key, const Json& value) {
    Parts parts = whole;
    parts.header["__metadata__"][key] = value;
    INFO(key << " " << value.dump().substr(0, 200));
    CHECK_THAT(refusal(parts.signed_bytes()), Contains(part));
  };
  const auto head = [&](const char* key, const Json& value) {
    auto json = Json::parse(whole.header["__metadata__"]["head"].get<std::string>());
    json[key] = value;
    return json.dump();
  };
  refused("format", "format", "soundfold yamnet weights");
  refused("newer Soundfold", "format_version", "2");
  refused("weights", "weights", "float8");
  refused("activation", "activation", "gelu");
  refused("network", "network", "{}");
  refused("taps", "taps", "[99]");
  refused("taps", "taps", "[3, 3]");
  refused("taps", "taps", std::string(5'000, '['));
  refused("patch_hop_frames", "patch_hop_frames", "0");
  refused("patch_hop_frames", "patch_hop_frames", "1e9");
  refused("int8_arithmetic", "int8_arithmetic", "{\"input_scale\": 1e60}");
  refused("backbone_class_names", "backbone_class_names", "[\"Dog\"]");
  refused("head", "head", "[]");
  refused("head", "head", head("hidden", {4'000'000'000'000}));
  refused("head", "head", head("hidden", std::vector<int>(101, 1)));
  refused("head", "head", head("input_size", 1e300));
  refused("head", "head", head("pooling", "median"));
  refused("head", "head", head("parts", {1, 2}));
  refused("head", "head", head("known_inputs", -1));
  refused("shape", "head", head("hidden", {7}));
  refused("values of a window", "head", head("input", "scores"));
  refused("norm0", "head", head("normalization", "layer"));
  refused("class_names", "class_names", "[\"dog\", \"cat\"]");
  refused("class_names", "class_names", "[1, 2, 3]");
  refused("multi_label", "multi_label", "yes");
  refused("decision", "decision", "{\"temperature\": 0}");
  refused("decision", "decision", "{\"thresholds\": {}}");
  refused("events", "events", "{}");
  refused("'cow' is not one", "events", R"({"classes": {"cow": {}}})");
  refused("channels", "channels", "both");
  refused("metadata", "metadata", "7");
  refused("metadata", "metadata", std::string(200'000, '['));
  refused("not a string", "source", 7);
}

TEST_CASE("a model file with one wrong tensor is refused, and the tensor named", "[runtime]") {
  const Parts whole(runtime::model_file_bytes(with_int8(testing::sample_model())));
  using Change = std::function<void(Parts&)>;
  const auto refused = [&](const std::string& part, const Change& change) {
    Parts parts = whole;
    change(parts);
    INFO(part);
    CHECK_THAT(refusal(parts.signed_bytes()), Contains(part));
  };
  const auto entry = [](const char* key, const Json& value) {
    return [=](Parts& parts) { parts.header["head.linear0.weight"][key] = value; };
  };
  refused("head.linear0.weight dtype", entry("dtype", "F16"));
  refused("head.linear0.weight shape", entry("shape", {6, 1}));
  refused("head.linear0.weight shape", entry("shape", {-6, 1}));
  refused("head.linear0.weight shape", entry("shape", {4'611'686'018'427'387'904U, 8}));
  refused("head.linear0.weight data_offsets", entry("data_offsets", {8, 16}));
  refused("head.linear0.weight: missing", [](Parts& p) { p.header.erase("head.linear0.weight"); });
  refused("head.more", [&](Parts& p) { p.header["head.more"] = whole.header["head.linear0.bias"]; });
  refused("backbone.int8", [](Parts& p) { p.header["__metadata__"].erase("int8_arithmetic"); });
  refused("quantisation", [](Parts& p) {
    p.data += "x";
    const auto end = p.data.size();
    auto& int8 = p.header["backbone.int8"];
    int8["shape"][0] = int8["shape"][0].get<std::uint64_t>() + 1;
    int8["data_offsets"][1] = end;
  });
  const auto arithmetic = [](const char* pointer, const Json& value) {
    return [=](Parts& p) {
      auto& text = p.header["__metadata__"]["int8_arithmetic"];
      auto json = Json::parse(text.get<std::string>());
      json[Json::json_pointer(pointer)] = value;
      text = json.dump();
    };
  };
  refused("int8 input", arithmetic("/input_zero_point", 2147483647));
  refused("int8 mean", arithmetic("/mean_scale", 0));
  refused("int8 output of layer2.depthwise", arithmetic("/layers/1/output_scale", -1));
  refused("tensors", [](Parts& p) { p.data += "xx"; });
  refused("truncated", [](Parts& p) { p.data.resize(p.data.size() - 1); });
  refused("not a finite number", [](Parts& p) { p.data.replace(0, 4, std::string("\0\0\xC0\x7F", 4)); });
}

TEST_CASE("a truncated or flipped model file is refused wherever it is damaged", "[runtime]") {
  const std::string whole = runtime::model_file_bytes(with_int8(testing::sample_model()));
  const Parts parts(whole);
  const std::size_t data = whole.size() - parts.data.size();
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{7}, std::size_t{8}, data / 2, data, data + 1, whole.size() / 2, whole.size() - 1}) {
    INFO(size);
    CHECK_FALSE(refusal(whole.substr(0, size)).empty());
  }
  std::vector<std::size_t> places{0, 1, 2, 3, 4, 5, 6, 7};
  for (std::size_t at = 8; at < data; at += 97) places.push_back(at);
  for (const auto& [name, value] : parts.header.items()) {  // the first and last byte of every tensor
    if (name == "__metadata__") continue;
    places.push_back(data + value["data_offsets"][0].get<std::size_t>());
    places.push_back(data + value["data_offsets"][1].get<std::size_t>() - 1);
  }
  const auto is_refused = [](const std::string& damaged) { return !refusal(damaged).empty(); };
  CHECK(testing::unnoticed_flips(whole, places, is_refused) == 0);
  CHECK_THAT(refusal(std::string(8, '\xFF') + "{}"), Contains("length of the header"));
}

TEST_CASE("a model file is read from the disk, and other files are not", "[runtime]") {
  const testing::TempFolder folder;
  write_file_atomically(folder / "model.safetensors", runtime::model_file_bytes(testing::sample_model()));
  CHECK(runtime::is_model_file(folder / "model.safetensors"));
  check_same(testing::sample_model(), runtime::read_model_file(folder / "model.safetensors"));
  write_file_atomically(folder / "model.pt", "PK\x03\x04");
  CHECK_FALSE(runtime::is_model_file(folder / "model.pt"));
  CHECK_FALSE(runtime::is_model_file(folder / "none"));
  CHECK_THROWS_WITH(runtime::read_model_file(folder / "none"), Contains("none"));
}
