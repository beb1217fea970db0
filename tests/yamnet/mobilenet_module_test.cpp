// SPDX-License-Identifier: Apache-2.0
#include "device/device.h"
#include "device/tensor_values.h"
#include "efficientat/golden.h"
#include "engines/onednn_engine.h"
#include "weights/safetensors.h"
#include "yamnet/folded_module.h"
#include "yamnet/load_backbone.h"
#include "yamnet/module.h"
#include "yamnet/module_file.h"

#include <catch2/catch.hpp>

using namespace soundfold;
using namespace soundfold::testing;
using Catch::Contains;

namespace {

/// The file of a small MobileNet with generated weights.
struct SmallEfficientat {
  TempFolder folder;
  std::filesystem::path file = folder / "mn.pt";
  weights::Weights weights = efficientat_weights(small_efficientat());

  SmallEfficientat() {
    use_one_torch_thread();
    yamnet::save_module(yamnet::build_module(weights, 1'000), weights, file);
  }
};

/// A folder with mn01 of generated weights, and the names of the classes where fetcher puts them.
struct EfficientatPlace {
  TempFolder folder;

  EfficientatPlace() {
    make_folder(folder / "data/ced");
    const auto network = network::efficientat_description(0.1);
    write_file_atomically(folder / "mn01_as_mAP_298.pt",
                          state_dict_bytes(efficientat_tensors(*network.mobilenet, 527)));
    std::string names = "index,mid,display_name\n";
    for (int i = 0; i < network::kCedClasses; ++i) {
      names += std::to_string(i) + ",m" + std::to_string(i) + ",class " + std::to_string(i) + "\n";
    }
    write_file_atomically(folder / "data/ced/class_labels_indices.csv", names);
  }

  ProgramResult import(std::vector<std::string> more, const std::string& from = "mn01_as_mAP_298.pt") const {
    std::vector<std::string> arguments{"--from", from};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return soundfold::testing::run("importer", arguments, folder.path());
  }
};

}  // namespace

TEST_CASE("a MobileNet's module makes EfficientAT's log-mel values and both engines agree on a waveform", "[yamnet]") {
  const SmallEfficientat efficientat;
  auto module = yamnet::load_module(efficientat.file, torch::kCPU).module;
  if (GENERATE(false, true)) module = yamnet::folded_module(module, efficientat.weights.network);
  const torch::InferenceMode no_gradients;
  const auto results = module.forward({torch::tensor(efficientat_signal(7'000))}).toTuple();
  const auto log_mel = values_of(results->elements()[2].toTensor());
  CHECK(largest_difference_of(log_mel, efficientat_golden().at("log_mel").get<std::vector<double>>()) < 1e-4);
  for (const auto engine : {engines::Engine::onednn, engines::Engine::torchscript}) {
    engines::BackboneOptions options;
    options.engine = engine;
    const auto backbone = yamnet::load_backbone(efficientat.file, options);
    CHECK(backbone->input() == network::efficientat_input());
    CHECK(backbone->embedding_size() == 48);
    CHECK(backbone->class_count() == 5);
    std::vector<float> embedding(48), scores(5);
    backbone->run_frames(log_mel.data(), 1, 22, embedding.data(), scores.data());
    CHECK(torch::allclose(torch::tensor(embedding), results->elements()[1].toTensor()[0], 1e-4, 1e-5));
    CHECK(torch::allclose(torch::tensor(scores), results->elements()[0].toTensor()[0], 1e-4, 1e-5));
    CHECK_THROWS_WITH(backbone->run_frames(log_mel.data(), 1, 15, embedding.data(), scores.data()),
                      Contains("16 to 1000 frames"));
  }
}

TEST_CASE("a MobileNet's file keeps its values and its description", "[yamnet]") {
  const SmallEfficientat efficientat;
  const auto read = yamnet::weights_from_file(efficientat.file);
  CHECK(read.tensors == efficientat.weights.tensors);
  CHECK(read.classifier_kernel == efficientat.weights.classifier_kernel);
  CHECK(read.network.mobilenet == efficientat.weights.network.mobilenet);
  CHECK(read.network.input == network::efficientat_input());
  CHECK(read.class_names == efficientat.weights.class_names);
  const auto path = efficientat.folder / "mn.safetensors";
  write_file_atomically(path, weights::safetensors_bytes(efficientat.weights));
  const auto described = weights::read_described_weights(path);
  CHECK(described.tensors == efficientat.weights.tensors);
  CHECK(described.network.mobilenet == efficientat.weights.network.mobilenet);
  CHECK_THAT(described.source, Contains("float32 safetensors"));
}

TEST_CASE("what a MobileNet cannot do is refused with one line", "[yamnet]") {
  const SmallEfficientat efficientat;
  engines::BackboneOptions options;
  options.taps = {2};
  CHECK_THROWS_WITH(yamnet::load_backbone(efficientat.file, options), Contains("backbone.taps"));
  CHECK_THROWS_WITH(yamnet::build_module(efficientat.weights, 1'000, {2}), Contains("backbone.taps"));
  CHECK_THROWS_WITH(engines::onednn_backbone(efficientat.weights, "", options), Contains("backbone.taps"));
  options.taps.clear();
  for (const auto precision : {engines::Precision::bfloat16, engines::Precision::int8}) {
    options.precision = precision;
    if (!engines::missing_cpu_features(precision).empty()) continue;
    CHECK_THROWS_WITH(engines::onednn_backbone(efficientat.weights, "", options), Contains("float32 only"));
  }
}

TEST_CASE("importer makes a backbone of EfficientAT's published file", "[yamnet]") {
  const EfficientatPlace place;
  const auto written = place.import({});
  INFO(written.err);
  REQUIRE(written.exit_code == 0);
  CHECK_THAT(written.out, Contains("wrote data/efficientat.pt"));
  CHECK_THAT(written.err, Contains("MobileNet of 15 blocks") && Contains("527 classes, embedding of 96"));
  CHECK_THAT(place.import({}).out, Contains("up to date"));
  const auto backbone = yamnet::load_backbone(place.folder / "data/efficientat.pt", {});
  CHECK(backbone->class_names().at(526) == "class 526");
  const auto windows = place.import({"--patch-frames", "96", "--patch-hop-frames", "48", "--out", "w.safetensors"});
  CHECK(windows.exit_code == 0);
  const auto input = weights::read_safetensors(place.folder / "w.safetensors").network.input;
  CHECK(input.patch_frames == 96);
  CHECK(input.patch_hop_frames == 48);
  CHECK(input.centered);  // which preemphasis needs
  CHECK(input.min_patch_frames == 16);
}

TEST_CASE("importer refuses what EfficientAT's files are not", "[yamnet]") {
  const EfficientatPlace place;
  CHECK_THAT(place.import({"--check"}).err, Contains("--check is for CED"));
  CHECK_THAT(place.import({"--activation", "relu"}).err, Contains("leave --activation out"));
  CHECK_THAT(place.import({"--class-map", "none.csv"}).err, Contains("none.csv: no such file"));
  const auto tensors = std::vector<TensorFile>{float_tensor("fc.weight", {1, 2}, {1, 2})};
  write_file_atomically(place.folder / "other.pt", state_dict_bytes(tensors));
  CHECK_THAT(place.import({}, "other.pt").err, Contains("classifier.2.bias: missing"));
  const std::string system =
      "\x80\x02"
      "cposix\nsystem\n(" +
      pickled_text("touch owned") + "tR.";
  write_file_atomically(place.folder / "hostile.pt", state_dict_with(system, tensors));
  const auto hostile = place.import({}, "hostile.pt");
  CHECK(hostile.exit_code == 1);
  CHECK_THAT(hostile.err, Contains("it names posix.system, which is refused"));
  CHECK_FALSE(std::filesystem::exists(place.folder / "owned"));
}
