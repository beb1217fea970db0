// SPDX-License-Identifier: Apache-2.0
#include "weights/safetensors.h"

#include "support/errors.h"
#include "support/files.h"
#include "support/hashing.h"
#include "tensor_files/float16.h"
#include "testing/damage.h"
#include "testing/testing.h"
#include "weights/sample_weights.h"
#include "weights/weights.h"
#include "yamnet/module.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <cmath>
#include <functional>
#include <limits>

using namespace soundfold;
using namespace soundfold::yamnet;
using namespace soundfold::tensor_files;
using namespace soundfold::weights;
using namespace soundfold::weights::testing;
using Catch::Contains;
using Json = nlohmann::ordered_json;

namespace {

Weights small_weights() {
  Weights weights = random_weights(16, 5, 3, network::Activation::relu6);
  weights.class_names = {"Dog", "Domestic animals, pets", "\"Quoted\"", "Fu\xC3\x9F", "Silence"};
  return weights;
}

/// A file taken apart, so that one field can be changed and the rest stays consistent.
struct Parts {
  Json header;
  std::string data;

  explicit Parts(const std::string& bytes) {
    const auto length = static_cast<std::size_t>(static_cast<unsigned char>(bytes[0])) +
                        (static_cast<std::size_t>(static_cast<unsigned char>(bytes[1])) << 8U);
    header = Json::parse(bytes.substr(8, length));
    data = bytes.substr(8 + length);
  }

  /// Makes the digest right again, as an attacker would.
  void sign() {
    header["__metadata__"].erase("digest");
    header["__metadata__"]["digest"] = "sha256:" + hash_bytes(HashKind::sha256, header.dump() + data);
  }

  std::string bytes() const { return with_header(header.dump()); }

  std::string with_header(const std::string& text) const {
    std::string length(8, '\0');
    for (std::size_t i = 0; i < 8; ++i) length[i] = static_cast<char>((text.size() >> (8 * i)) & 0xFFU);
    return length + text + data;
  }
};

/// The message with which `bytes` are refused; empty when they are read.
std::string refusal(const std::string& bytes) {
  const soundfold::testing::TempFolder folder;
  const auto path = folder / "net.safetensors";
  write_file_atomically(path, bytes);
  try {
    read_safetensors(path);
    return "";
  } catch (const DataError& error) {
    const std::string text = error.what();
    CHECK(text.find('\n') == std::string::npos);
    CHECK_THAT(text, Contains("net.safetensors: "));
    return text;
  }
}

/// Largest error of `read` relative to what a float16 may have.
double largest_excess(const std::vector<float>& read, const std::vector<float>& exact) {
  REQUIRE(read.size() == exact.size());
  double largest = 0;
  for (std::size_t i = 0; i < read.size(); ++i) {
    const double allowed = std::max(std::ldexp(std::abs(double{exact[i]}), -11), std::ldexp(1.0, -25));
    largest = std::max(largest, std::abs(double{read[i]} - double{exact[i]}) / allowed);
  }
  return largest;
}

}  // namespace

TEST_CASE("float16: every value survives, and rounding agrees with LibTorch", "[weights]") {
  for (int bits = 0; bits < 65536; ++bits) {
    const float value = float16_value(static_cast<std::uint16_t>(bits));
    if (std::isnan(value)) continue;
    if (float16_bits(value) != bits) FAIL("bits " << bits << " become " << float16_bits(value));
  }
  CHECK(float16_bits(1.0F) == 0x3C00);
  CHECK(float16_bits(-2.0F) == 0xC000);
  CHECK(float16_bits(65519.0F) == 0x7BFF);
  CHECK(float16_bits(65520.0F) == 0x7C00);
  CHECK(float16_bits(5.9604645e-8F) == 1);
  CHECK(float16_bits(2.0e-8F) == 0);
  CHECK(float16_bits(1.0F + 1.0F / 2048) == 0x3C00);  // halfway goes to the even one
  CHECK(float16_bits(1.0F + 3.0F / 2048) == 0x3C02);
  CHECK(std::isnan(float16_value(float16_bits(std::numeric_limits<float>::quiet_NaN()))));
  torch::manual_seed(1);
  const torch::Tensor values = torch::randn({20'000}) * torch::exp2(torch::randint(-26, 16, {20'000}));
  const torch::Tensor halves = values.to(torch::kHalf).to(torch::kFloat32);
  for (std::int64_t i = 0; i < values.numel(); ++i) {
    const float value = values.data_ptr<float>()[i];
    if (float16_value(float16_bits(value)) != halves.data_ptr<float>()[i]) FAIL("value " << value);
  }
}

TEST_CASE("weights come back from a safetensors file within float16's rounding", "[weights]") {
  const soundfold::testing::TempFolder folder;
  const auto path = folder / "net.safetensors";
  const Weights weights = small_weights();
  const std::string bytes = safetensors_bytes(weights);
  write_file_atomically(path, bytes);
  CHECK(is_safetensors(path));
  const Weights read = read_weights(path, "", std::nullopt);
  REQUIRE(read.layers.size() == 27);
  for (std::size_t i = 0; i < read.layers.size(); ++i) {
    INFO(read.network.layers[i].name);
    const network::FoldedLayer exact = weights.folded(i);
    const network::FoldedLayer there = read.folded(i);
    CHECK(read.network.layers[i].stride == weights.network.layers[i].stride);
    CHECK(largest_excess(there.kernel, exact.kernel) <= 1.001);
    CHECK(largest_excess(there.bias, exact.bias) <= 1.001);
  }
  CHECK(largest_excess(read.classifier_kernel, weights.classifier_kernel) <= 1);
  CHECK(largest_excess(read.classifier_bias, weights.classifier_bias) <= 1);
  CHECK(read.class_names == weights.class_names);
  CHECK(read.network.activation == network::Activation::relu6);
  CHECK_THAT(read.source, Contains("net.safetensors (float16 safetensors, sha256 ") && Contains("): random values"));
  CHECK_THROWS_AS(read_weights(path, "", network::Activation::relu), UsageError);
  // Once rounded, a second round changes nothing.
  CHECK(Parts(safetensors_bytes(read)).data == Parts(bytes).data);
  CHECK(safetensors_bytes(weights) == bytes);
}

TEST_CASE("the network of a safetensors file gives the outputs of the network it came from", "[weights]") {
  const soundfold::testing::TempFolder folder;
  const Weights weights = small_weights();
  write_file_atomically(folder / "net.safetensors", safetensors_bytes(weights));
  auto before = build_module(weights);
  auto after = build_module(read_safetensors(folder / "net.safetensors"));
  const auto samples = random_waveform(32'000, 5);
  const auto embeddings = [&](torch::jit::Module& module) {
    const auto waveform = torch::tensor(samples);
    return module.forward({waveform}).toTuple()->elements()[1].toTensor();
  };
  const torch::Tensor exact = embeddings(before);
  const torch::Tensor rounded = embeddings(after);
  CHECK(exact.abs().max().item<double>() > 0.01);
  CHECK(((rounded - exact).norm() / exact.norm()).item<double>() < 5e-3);
}

TEST_CASE("a file of YAMNet's family has no description, one of another network has", "[weights]") {
  const Json own = Parts(safetensors_bytes(small_weights())).header["__metadata__"];
  std::vector<std::string> keys;
  for (const auto& [key, value] : own.items()) keys.push_back(key);
  CHECK(keys == std::vector<std::string>{"format", "format_version", "activation", "strides", "class_names", "source",
                                         "digest"});
  CHECK(own["format_version"] == "1");

  const Weights weights = random_weights(other_geometry(), 3, 5, network::Activation::relu6);
  const Parts parts(safetensors_bytes(weights));
  CHECK(parts.header["__metadata__"]["format_version"] == "2");
  CHECK_FALSE(parts.header["__metadata__"].contains("strides"));
  const soundfold::testing::TempFolder folder;
  write_file_atomically(folder / "other.safetensors", parts.bytes());
  const Weights read = read_weights(folder / "other.safetensors", "", std::nullopt);
  CHECK(read.network.input == weights.network.input);
  CHECK(read.network.batch_norm_epsilon == 1e-3);
  CHECK(read.network.activation == network::Activation::relu6);
  CHECK(read.class_count() == 3);
  REQUIRE(read.layers.size() == 6);
  for (std::size_t i = 0; i < 6; ++i) {
    CHECK(read.network.layers[i].name == weights.network.layers[i].name);
    CHECK(read.network.layers[i].kind == weights.network.layers[i].kind);
    CHECK(read.network.layers[i].stride == weights.network.layers[i].stride);
    CHECK(read.network.layers[i].kernel_shape() == weights.network.layers[i].kernel_shape());
    CHECK(largest_excess(read.folded(i).kernel, weights.folded(i).kernel) <= 1.001);
  }
  CHECK(Parts(safetensors_bytes(read)).data == parts.data);
}

TEST_CASE("a description that is no network, or not that of the tensors, is refused", "[weights]") {
  const Parts whole(safetensors_bytes(random_weights(other_geometry(), 3, 5, network::Activation::relu6)));
  const Json described = Json::parse(whole.header["__metadata__"]["network"].get<std::string>());
  const auto refused = [&](const char* pointer, const Json& value, const std::string& part) {
    Json changed = described;
    changed[Json::json_pointer(pointer)] = value;
    Parts parts = whole;
    parts.header["__metadata__"]["network"] = changed.dump();
    parts.sign();
    INFO(pointer << " " << value);
    CHECK_THAT(refusal(parts.bytes()), Contains(part));
  };
  refused("/layers/0/name", "trunk", "stem.kernel: not one of its tensors");
  refused("/layers/0/name", "wide.depthwise", "stem.kernel: not one of its tensors");
  refused("/layers/0/kind", "depthwise", "stem.kernel shape");
  refused("/layers/0/side", 5, "stem.kernel shape");
  refused("/layers/0/side", 1'000'001, "side is not in 1 to 31");
  refused("/layers/0/side", -3, "side is not in 1 to 31");
  refused("/layers/0/stride", 3, "a stride of 3");
  refused("/layers/2/stride", 2, "a stride of 2");
  refused("/recipe/mel_bands", 0, "mel_bands");
  refused("/recipe/fft_length", 1'000'000'000, "fft_length");
  refused("/recipe/patch_frames", 1, "too small");
  Parts parts = whole;
  parts.header["__metadata__"]["network"] = std::string(5'000, '[');
  parts.sign();
  CHECK_THAT(refusal(parts.bytes()), Contains("nested too deeply"));
}

TEST_CASE("a value that float16 cannot hold is not written", "[weights]") {
  Weights weights = small_weights();
  weights.classifier_bias[2] = 1e6F;
  CHECK_THROWS_WITH(safetensors_bytes(weights), Contains("classifier.bias") && Contains("float16"));
  weights.classifier_bias[2] = std::numeric_limits<float>::quiet_NaN();
  CHECK_THROWS_AS(safetensors_bytes(weights), DataError);
}

TEST_CASE("a safetensors file with one wrong field is refused, and the field named", "[weights]") {
  const Parts whole(safetensors_bytes(small_weights()));
  REQUIRE(refusal(whole.bytes()).empty());
  using Change = std::function<void(Parts&)>;
  const auto refused = [&](const std::string& part, const Change& change) {
    Parts parts = whole;
    change(parts);
    parts.sign();
    INFO(part);
    CHECK_THAT(refusal(parts.bytes()), Contains(part));
  };
  const auto metadata = [](const std::string& key, const Json& value) {
    return [=](Parts& parts) { parts.header["__metadata__"][key] = value; };
  };
  const auto tensor = [](const std::string& key, const Json& value) {
    return [=](Parts& parts) { parts.header["layer2.pointwise.kernel"][key] = value; };
  };
  refused("format", metadata("format", "pt"));
  refused("newer Soundfold", metadata("format_version", "5"));
  refused("network: missing", metadata("format_version", "2"));
  refused("activation", metadata("activation", "gelu"));
  refused("strides", metadata("strides", "2 1"));
  std::string strides = whole.header["__metadata__"]["strides"].get<std::string>();
  refused("more than 5 are 2", metadata("strides", std::string(strides).replace(2, 1, "2")));
  refused("strides", metadata("strides", std::string(strides).replace(4, 1, "2")));
  refused("class_names", metadata("class_names", "[\"Dog\"]"));
  refused("class_names", metadata("class_names", "[1,2,3,4,5]"));
  refused("class_names", metadata("class_names", std::string(50'000, '[')));
  refused("not a string", metadata("source", 7));
  refused("source", [](Parts& parts) { parts.header["__metadata__"].erase("source"); });
  refused("layer2.pointwise.kernel dtype", tensor("dtype", "F32"));
  refused("layer2.pointwise.kernel dtype", tensor("dtype", Json::parse("[[[]]]")));
  refused("header: nested too deeply", tensor("dtype", Json::parse(std::string(2'000, '[') + std::string(2'000, ']'))));
  refused("layer2.pointwise.kernel shape", tensor("shape", {4, 3, 1, 1}));
  refused("layer2.pointwise.kernel shape", tensor("shape", {4, 2, 1}));
  refused("layer2.pointwise.kernel shape", tensor("shape", {0, 2, 1, 1}));
  refused("layer2.pointwise.kernel shape", tensor("shape", {-4, 2, 1, 1}));
  refused("layer2.pointwise.kernel shape", tensor("shape", {4000000000, 2, 1, 1}));
  refused("layer2.pointwise.kernel shape", tensor("shape", "4"));
  refused("layer2.pointwise.kernel data_offsets", tensor("data_offsets", {0, 16}));
  refused("layer2.pointwise.kernel data_offsets", tensor("data_offsets", {0}));
  refused("layer2.pointwise.kernel data_offsets", tensor("data_offsets", {1.5, 2.5}));
  refused("layer2.pointwise.kernel", [](Parts& parts) { parts.header.erase("layer2.pointwise.kernel"); });
  refused("layer2.pointwise.kernel", [](Parts& parts) { parts.header["layer2.pointwise.kernel"]["more"] = 1; });
  const Json bias = whole.header["classifier.bias"];
  refused("layer99.kernel", [&](Parts& parts) { parts.header["layer99.kernel"] = bias; });
  refused("layer2.depthwise.kernel", [](Parts& parts) { parts.header["layer2.depthwise.kernel"]["shape"][0] = 3; });
  refused("tensors", [](Parts& parts) { parts.data += "xx"; });
  refused("truncated", [](Parts& parts) { parts.data.resize(parts.data.size() - 2); });
  refused("not a finite number", [](Parts& parts) { parts.data.replace(0, 2, "\xFF\x7C"); });
}

TEST_CASE("a damaged, truncated or hostile safetensors file is refused without great allocations", "[weights]") {
  const std::string whole = safetensors_bytes(small_weights());
  const std::size_t header = whole.size() - Parts(whole).data.size();
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{7}, std::size_t{8}, header / 2, header, whole.size() / 2, whole.size() - 1}) {
    INFO(size);
    CHECK_FALSE(refusal(whole.substr(0, size)).empty());
  }
  // Any bit of the header's length, and bytes all over the rest.
  std::vector<std::size_t> places{0, 1, 2, 3, 4, 5, 6, 7};
  for (std::size_t at = 8; at < whole.size(); at += whole.size() / 60) places.push_back(at);
  const auto is_refused = [](const std::string& damaged) { return !refusal(damaged).empty(); };
  CHECK(soundfold::testing::unnoticed_flips(whole, places, is_refused) == 0);
  const Parts parts(whole);
  CHECK_THAT(refusal(parts.with_header(std::string(900'000, '['))), Contains("nested too deeply"));
  CHECK_THAT(refusal(parts.with_header("{\"a\":" + std::string(400'000, '[') + std::string(400'000, ']') + "}")),
             Contains("nested too deeply"));
  CHECK_THAT(refusal(parts.with_header("")), Contains("not a JSON object"));
  CHECK_THAT(refusal(std::string(8, '\xFF') + "{}"), Contains("length of the header"));
}
