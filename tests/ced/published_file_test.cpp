// SPDX-License-Identifier: Apache-2.0
#include "ced/published_file.h"

#include "support/errors.h"
#include "support/files.h"
#include "testing/ced_file.h"
#include "testing/generated_weights.h"
#include "testing/testing.h"
#include "weights/safetensors.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <cstring>
#include <fstream>
#include <functional>
#include <limits>
#include <map>
#include <sstream>

using namespace soundfold;
using namespace soundfold::ced;
using Catch::Contains;
using soundfold::testing::CedFile;
using weights::Weights;

namespace {

Weights made() {
  return soundfold::testing::generated_weights(soundfold::testing::small_ced());
}

Weights read_bytes(const std::string& bytes) {
  const soundfold::testing::TempFolder folder;
  write_file_atomically(folder / "model.safetensors", bytes);
  return read_ced(folder / "model.safetensors", soundfold::testing::small_ced(), made().class_names);
}

std::string ced_refusal(const std::string& bytes) {
  try {
    read_bytes(bytes);
    return "";
  } catch (const DataError& error) {
    const std::string text = error.what();
    CHECK(text.find('\n') == std::string::npos);
    CHECK_THAT(text, Contains("model.safetensors: "));
    return text;
  }
}

std::string changed(const std::function<void(CedFile&)>& change) {
  auto file = soundfold::testing::ced_file(made());
  change(file);
  return ced_refusal(file.bytes());
}

/// Writes a value over one of a tensor's.
void set_value(CedFile& file, const std::string& name, float value) {
  std::memcpy(file.data.data() + file.header.at(name).at("data_offsets").at(0).get<std::size_t>(), &value,
              sizeof value);
}

void check_equal(const Weights& found, const Weights& expected) {
  CHECK(found.tensors == expected.tensors);
  CHECK(found.classifier_kernel == expected.classifier_kernel);
  CHECK(found.classifier_bias == expected.classifier_bias);
  CHECK(found.class_names == expected.class_names);
  CHECK(found.network.transformer == expected.network.transformer);
  CHECK(found.network.input == expected.network.input);
  CHECK(found.class_count() == expected.class_count());
}

/// CRC-32 as zlib computes it, bit by bit.
std::uint32_t crc_of(const std::vector<float>& values) {
  const auto* const bytes = reinterpret_cast<const unsigned char*>(values.data());
  std::uint32_t crc = ~std::uint32_t{0};
  for (std::size_t i = 0; i < values.size() * sizeof(float); ++i) {
    crc ^= bytes[i];
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0xEDB88320U : 0U);
  }
  return ~crc;
}

}  // namespace

TEST_CASE("generated weights are those of the references", "[ced][assets]") {
  std::map<std::string, std::map<std::string, std::vector<float>>> models;
  for (const auto& network : {soundfold::testing::small_ced(), network::ced_description(network::CedSize::tiny)}) {
    auto weights = soundfold::testing::generated_weights(network);
    weights.tensors["outputlayer.1.weight"] = weights.classifier_kernel;
    weights.tensors["outputlayer.1.bias"] = weights.classifier_bias;
    models[network.class_count == 32 ? "small" : "tiny"] = weights.tensors;
  }
  std::size_t compared = 0;
  std::ifstream table(soundfold::testing::assets_folder() / "reference_ced" / "generator_check.tsv");
  for (std::string line; std::getline(table, line);) {
    std::istringstream cells(line);
    std::string model, tensor, shape, type, crc;
    cells >> model >> tensor >> shape >> type >> crc;
    if (type != "float32") continue;
    INFO(model << " " << tensor);
    CHECK(crc_of(models.at(model).at(tensor)) == std::stoul(crc, nullptr, 16));
    ++compared;
  }
  CHECK(compared == 38 + 158);
}

TEST_CASE("the reference file of a small CED is read", "[ced][assets]") {
  const auto path = soundfold::testing::assets_folder() / "reference_ced" / "small_ced.safetensors";
  CHECK(is_ced(path));
  auto expected = made();
  const auto read = read_ced(path, soundfold::testing::small_ced(), expected.class_names);
  check_equal(read, expected);
  CHECK(read.parameter_count() == 73'984 + 128);
  CHECK_THAT(read.source, Contains("sha256 66a121a2bd7e2aa8e9770b7f51f70b1954e53476643a24330d357f9b07c51c45"));
  CHECK_FALSE(published_ced(read.source));
}

TEST_CASE("CED's published layout is read, whatever the order of its tensors", "[ced]") {
  check_equal(read_bytes(soundfold::testing::ced_file(made()).bytes()), made());
  auto without_texts = soundfold::testing::ced_file(made());
  without_texts.header.erase("__metadata__");
  check_equal(read_bytes(without_texts.bytes()), made());
}

TEST_CASE("CED's size is found by its tensors", "[ced]") {
  const soundfold::testing::TempFolder folder;
  const auto path = folder / "model.safetensors";
  auto network = network::ced_description(network::CedSize::tiny);
  const auto tiny = soundfold::testing::generated_weights(network);
  write_file_atomically(path, soundfold::testing::ced_file(tiny).bytes());
  REQUIRE(is_ced(path));
  check_equal(read_ced(path, tiny.class_names), tiny);
  CHECK_THROWS_WITH(read_ced(path, {"one", "two"}), Contains("527 classes, but 2 names"));

  network.transformer->embedding_size = 128;  // of none
  network.transformer->mlp_size = 512;
  network.transformer->heads = 2;
  write_file_atomically(path, soundfold::testing::ced_file(soundfold::testing::generated_weights(network)).bytes());
  CHECK_THROWS_WITH(read_ced(path, tiny.class_names), Contains("encoder.norm.weight shape"));
}

TEST_CASE("the published files are known by their sha256", "[ced]") {
  CHECK(kPublishedCed.size() == 4);
  for (const auto& published : kPublishedCed) {
    CHECK(std::string(published.sha256).size() == 64);
    CHECK(published_ced(std::string("a.safetensors (CED, safetensors, sha256 ") + published.sha256 + ")") ==
          published.size);
  }
  CHECK_FALSE(published_ced("a.safetensors (CED, safetensors, sha256 00)"));
}

TEST_CASE("what is not exactly CED's published layout is refused by name", "[ced]") {
  const std::string bias = "encoder.blocks.1.mlp.fc1.bias", kernel = "encoder.blocks.0.attn.qkv.weight";
  const auto erased = [](const std::string& name) { return changed([&](CedFile& file) { file.header.erase(name); }); };
  for (const auto& name : {bias, kernel, std::string("encoder.init_bn.num_batches_tracked"),
                           std::string("outputlayer.1.weight"), std::string("encoder.norm.weight")}) {
    CHECK_THAT(erased(name), Contains(name) && Contains("missing"));
  }
  CHECK_THAT(changed([&](CedFile& file) {
               const float value = 0;
               file.add("encoder.blocks.2.norm1.weight", "F32", {1}, &value, 4);
             }),
             Contains("encoder.blocks.2.norm1.weight: not one of its tensors"));
  CHECK_THAT(changed([&](CedFile& file) { file.header[bias]["dtype"] = "F16"; }), Contains(bias + " dtype"));
  CHECK_THAT(changed([&](CedFile& file) { file.header["encoder.init_bn.num_batches_tracked"]["dtype"] = "F32"; }),
             Contains("num_batches_tracked dtype: not I64"));
  CHECK_THAT(changed([&](CedFile& file) { file.header["encoder.init_bn.num_batches_tracked"]["shape"] = {1}; }),
             Contains("num_batches_tracked shape"));
  CHECK_THAT(changed([&](CedFile& file) {
               file.header[kernel]["shape"] = {48, 144};
             }),
             Contains(kernel + " shape: [48, 144], expected [144, 48]"));
  CHECK_THAT(changed([&](CedFile& file) { file.header[kernel]["shape"] = {144, 48, 1}; }), Contains(kernel + " shape"));
  CHECK_THAT(changed([&](CedFile& file) { file.header[kernel]["shape"] = {-144, 48}; }), Contains(kernel + " shape"));
  CHECK_THAT(changed([&](CedFile& file) {
               file.header[kernel]["data_offsets"] = {0, 27'648};
             }),
             Contains("data_offsets"));
  CHECK_THAT(changed([&](CedFile& file) { file.header[kernel]["data_offsets"] = "all"; }), Contains("data_offsets"));
  CHECK_THAT(changed([&](CedFile& file) { file.header[kernel] = 7; }), Contains(kernel));
  CHECK_THAT(changed([&](CedFile& file) { file.data.pop_back(); }), Contains("truncated"));
  CHECK_THAT(changed([&](CedFile& file) { file.data += "more"; }), Contains("accounts for"));
  const float not_a_number = std::numeric_limits<float>::quiet_NaN();
  CHECK_THAT(changed([&](CedFile& file) { set_value(file, kernel, not_a_number); }), Contains(kernel));
  CHECK_THAT(changed([&](CedFile& file) { set_value(file, bias, HUGE_VALF); }), Contains(bias));
  for (const float value : {0.0F, -1.0F, not_a_number}) {
    CHECK_THAT(changed([&](CedFile& file) { set_value(file, "encoder.init_bn.running_var", value); }),
               Contains("encoder.init_bn.running_var"));
  }
}

TEST_CASE("cut and hostile CED files are refused", "[ced]") {
  const std::string whole = soundfold::testing::ced_file(made()).bytes();
  for (const std::size_t length : {std::size_t{0}, std::size_t{5}, std::size_t{8}, std::size_t{100}, std::size_t{4'000},
                                   whole.size() / 2, whole.size() - 1}) {
    INFO(length);
    CHECK_FALSE(ced_refusal(whole.substr(0, length)).empty());
  }
  auto endless = whole;
  for (std::size_t i = 0; i < 8; ++i) endless[i] = '\xFF';
  CHECK_THAT(ced_refusal(endless), Contains("length of the header"));
  std::string nested = std::string(20'000, '[');
  const auto length = nested.size();
  std::string head(8, '\0');
  for (std::size_t i = 0; i < 8; ++i) head[i] = static_cast<char>((length >> (8 * i)) & 0xFFU);
  CHECK_THAT(ced_refusal(head + nested), Contains("nested too deeply"));
}

TEST_CASE("importer's own file keeps a transformer's values to the bit", "[ced]") {
  const soundfold::testing::TempFolder folder;
  const auto path = folder / "ced.safetensors";
  const auto weights = made();
  const auto bytes = weights::safetensors_bytes(weights);
  write_file_atomically(path, bytes);
  CHECK_FALSE(is_ced(path));
  const auto read = weights::read_described_weights(path);
  check_equal(read, weights);
  CHECK_THAT(read.source, Contains("float32 safetensors"));
  auto again = read;
  again.source = weights.source;
  CHECK(weights::safetensors_bytes(again) == bytes);
}
