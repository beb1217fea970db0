// SPDX-License-Identifier: Apache-2.0
#include "yamnet/module_file.h"

#include "support/errors.h"
#include "support/files.h"
#include "testing/damage.h"
#include "testing/testing.h"
#include "weights/sample_weights.h"
#include "yamnet/module.h"

#include <catch2/catch.hpp>

using namespace soundfold;
using namespace soundfold::yamnet;
using namespace soundfold::weights;
using namespace soundfold::weights::testing;

namespace {

/// A small network with int8 arithmetic, saved.
struct SavedCase {
  SavedCase() {
    weights.quantization = random_quantization(weights, 4);
    module = build_module(weights, 24);
    save_module(module, weights, file());
  }
  std::filesystem::path file() const { return folder / "yamnet.pt"; }
  soundfold::testing::TempFolder folder;
  Weights weights = random_weights(16, 5, 2, network::Activation::relu6);
  torch::jit::Module module;
};

void check_same_layer(const QuantizedLayer& a, const QuantizedLayer& b) {
  INFO(a.name);
  CHECK(a.name == b.name);
  CHECK(a.kernel == b.kernel);
  CHECK(a.kernel_scales == b.kernel_scales);
  CHECK(a.bias == b.bias);
  CHECK(a.output_scale == b.output_scale);
  CHECK(a.output_zero_point == b.output_zero_point);
}

/// The error's text when loading `path`; it must be one line.
std::string load_failure(const std::filesystem::path& path) {
  try {
    load_module(path, torch::kCPU);
  } catch (const DataError& error) {
    INFO(error.what());
    CHECK(std::string(error.what()).find('\n') == std::string::npos);
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("a saved module is read back completely", "[yamnet]") {
  SavedCase saved;
  auto loaded = load_module(saved.file(), torch::kCPU);
  CHECK(loaded.weights_digest == tensors_digest(saved.module));
  CHECK(loaded.source == saved.weights.source);
  CHECK(loaded.class_names == saved.weights.class_names);
  CHECK(loaded.embedding_size == 64);
  CHECK(loaded.network.activation == network::Activation::relu6);
  CHECK(loaded.patch_hop_frames == 24);
  const torch::Tensor waveform = torch::tensor(random_waveform(20'000, 1));
  const auto before = saved.module.forward({waveform}).toTuple();
  const auto after = loaded.module.forward({waveform}).toTuple();
  for (std::size_t i = 0; i < 3; ++i)
    CHECK(torch::equal(before->elements()[i].toTensor(), after->elements()[i].toTensor()));
}

TEST_CASE("any LibTorch program can load the file", "[yamnet]") {
  SavedCase saved;
  auto module = torch::jit::load(saved.file().string());
  CHECK(module.forward({torch::zeros({16000})}).toTuple()->elements()[0].toTensor().size(1) == 5);
}

TEST_CASE("weights come back from a saved module, int8 arithmetic included", "[yamnet]") {
  SavedCase saved;
  const Weights read = weights_from_file(saved.file());
  REQUIRE(read.layers.size() == saved.weights.layers.size());
  for (std::size_t i = 0; i < read.layers.size(); ++i) {
    const network::Layer& made = read.network.layers[i];
    const network::Layer& layer = saved.weights.network.layers[i];
    CHECK(made.name == layer.name);
    CHECK(made.kind == layer.kind);
    CHECK(made.side == layer.side);
    CHECK(made.in_channels == layer.in_channels);
    CHECK(made.out_channels == layer.out_channels);
    CHECK(made.stride == layer.stride);
    const network::LayerValues& a = read.layers[i];
    const network::LayerValues& b = saved.weights.layers[i];
    CHECK(a.kernel == b.kernel);
    CHECK(a.beta == b.beta);
    CHECK(a.mean == b.mean);
    CHECK(a.variance == b.variance);
  }
  CHECK(read.classifier_kernel == saved.weights.classifier_kernel);
  CHECK(read.classifier_bias == saved.weights.classifier_bias);
  CHECK(read.class_names == saved.weights.class_names);
  CHECK(read.network.activation == network::Activation::relu6);
  REQUIRE(read.quantization);
  const Quantization& expected = *saved.weights.quantization;
  CHECK(read.quantization->input_scale == expected.input_scale);
  CHECK(read.quantization->input_zero_point == expected.input_zero_point);
  CHECK(read.quantization->mean_scale == expected.mean_scale);
  CHECK(read.quantization->mean_zero_point == expected.mean_zero_point);
  REQUIRE(read.quantization->layers.size() == expected.layers.size());
  for (std::size_t i = 0; i < expected.layers.size(); ++i) {
    check_same_layer(read.quantization->layers[i], expected.layers[i]);
  }
  check_same_layer(read.quantization->classifier, expected.classifier);
  CHECK(tensors_digest(build_module(read, 24)) == tensors_digest(saved.module));
}

TEST_CASE("equal modules give equal files, whatever their names", "[yamnet]") {
  SavedCase saved;
  save_module(build_module(saved.weights, 24), saved.weights, saved.folder / "other name.pt");
  CHECK(read_file(saved.file()) == read_file(saved.folder / "other name.pt"));
}

TEST_CASE("flipped bits anywhere in the file are noticed", "[yamnet]") {
  SavedCase saved;
  const std::string bytes = read_file(saved.file());
  const auto damaged = saved.folder / "damaged.pt";
  // A stride that is coprime to the alignment of records, so that headers, code, tensors and the directory are all hit.
  std::vector<std::size_t> places;
  for (std::size_t place = 3; place < bytes.size(); place += bytes.size() / 41 + 1) places.push_back(place);
  CHECK(places.size() >= 40);
  const auto is_refused = [&](const std::string& flipped) {
    write_file_atomically(damaged, flipped);
    if (load_failure(damaged) != "no error") return true;
    // Padding between records holds nothing; then the module must still be the same.
    CHECK(tensors_digest(load_module(damaged, torch::kCPU).module) == tensors_digest(saved.module));
    return false;
  };
  CHECK(soundfold::testing::unnoticed_flips(bytes, places, is_refused) <= 4);
}

TEST_CASE("a file that is truncated, garbage or another's is refused in one line", "[yamnet]") {
  SavedCase saved;
  const std::string bytes = read_file(saved.file());
  const auto path = saved.folder / "bad.pt";
  CHECK_THAT(load_failure(path), Catch::Contains("no such file"));
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, std::size_t{1000}, bytes.size() / 2, bytes.size() - 1}) {
    write_file_atomically(path, bytes.substr(0, size));
    CHECK(load_failure(path) != "no error");
  }
  write_file_atomically(path, "this is not a model");
  CHECK_THAT(load_failure(path), Catch::Contains("not a TorchScript file"));
  saved.module.save(path.string());
  CHECK_THAT(load_failure(path), Catch::Contains("without metadata.json"));
  torch::jit::Module other("__torch__.Other");
  other.register_parameter("weight", torch::ones(3), false);
  other.save(path.string());
  CHECK_THAT(load_failure(path), Catch::Contains("without metadata.json"));
}

TEST_CASE("metadata that does not fit is refused", "[yamnet]") {
  SavedCase saved;
  const auto path = saved.folder / "edited.pt";
  torch::jit::ExtraFilesMap extras{{"metadata.json", ""}, {"quantization.bin", ""}};
  torch::jit::load(saved.file().string(), c10::nullopt, extras);
  std::string& text = extras["metadata.json"];
  const auto replace = [&text](const std::string& from, const std::string& to) {
    REQUIRE(text.find(from) != std::string::npos);
    text.replace(text.find(from), from.size(), to);
  };
  SECTION("newer version") {
    replace("\"format_version\": 1", "\"format_version\": 2");
    saved.module.save(path.string(), extras);
    CHECK_THAT(load_failure(path), Catch::Contains("format version 2") && Catch::Contains("use a newer Soundfold"));
  }
  SECTION("a key missing") {
    replace("\"activation\"", "\"activated\"");
    saved.module.save(path.string(), extras);
    CHECK_THAT(load_failure(path), Catch::Contains("incomplete or damaged"));
  }
  SECTION("not JSON") {
    text = "{";
    saved.module.save(path.string(), extras);
    CHECK_THAT(load_failure(path), Catch::Contains("not one of Soundfold's"));
  }
  SECTION("nested deeper than may be copied") {
    text.insert(1, "\"deep\": " + std::string(100'000, '[') + std::string(100'000, ']') + ",");
    saved.module.save(path.string(), extras);
    CHECK_THAT(load_failure(path), Catch::Contains("nested too deeply"));
  }
  SECTION("other weights") {
    build_module(random_weights(16, 5, 3, network::Activation::relu6), 24).save(path.string(), extras);
    CHECK_THAT(load_failure(path), Catch::Contains("changed or damaged"));
  }
  SECTION("quantisation of another size") {
    extras["quantization.bin"].pop_back();
    saved.module.save(path.string(), extras);
    CHECK(load_failure(path) == "no error");
    CHECK_THROWS_WITH(weights_from_file(path), Catch::Contains("quantisation does not fit"));
  }
}
