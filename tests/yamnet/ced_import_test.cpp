// SPDX-License-Identifier: Apache-2.0
#include "ced/published_check.h"
#include "ced/published_file.h"
#include "engines/onednn_engine.h"
#include "support/files.h"
#include "testing/ced_file.h"
#include "testing/generated_weights.h"
#include "testing/testing.h"
#include "weights/safetensors.h"
#include "yamnet/load_backbone.h"
#include "yamnet/module_file.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace soundfold;
using Catch::Contains;

namespace {

/// A folder with CED-tiny of generated weights, as its authors publish it, and what importer looks for beside it.
struct CedPlace {
  soundfold::testing::TempFolder folder;
  weights::Weights weights = soundfold::testing::generated_weights(network::ced_description(network::CedSize::tiny));

  CedPlace() {
    make_folder(folder / "data/ced");
    write_file_atomically(folder / "ced-tiny.safetensors", soundfold::testing::ced_file(weights).bytes());
    std::string names = "index,mid,display_name\n";
    for (int i = 0; i < network::kCedClasses; ++i) {
      names += std::to_string(i) + ",m" + std::to_string(i) + ",class " + std::to_string(i) + "\n";
    }
    write_file_atomically(folder / "data/ced/class_labels_indices.csv", names);
  }

  soundfold::testing::ProgramResult import(std::vector<std::string> more) const {
    std::vector<std::string> arguments{"--from", "ced-tiny.safetensors"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return soundfold::testing::run("importer", arguments, folder.path());
  }

  /// What this network answers, as if it were published; the first logit of each signal moved by `error`.
  void write_logits(double error) const {
    const auto backbone = engines::onednn_backbone(weights, "", {});
    nlohmann::json clips = nlohmann::json::array();
    for (const auto& [name, waveform] : ced::check_signals()) {
      auto logits = ced::logits_of(*backbone, waveform);
      logits[0] += error;
      clips.push_back({{"id", name}, {"logits", logits}});
    }
    write_file_atomically(folder / "data/ced/ced-tiny.logits.json", nlohmann::json{{"clips", clips}}.dump());
  }
};

}  // namespace

TEST_CASE("importer makes a backbone of CED's published file", "[yamnet]") {
  const CedPlace place;
  const auto written = place.import({});
  INFO(written.err);
  REQUIRE(written.exit_code == 0);
  CHECK_THAT(written.out, Contains("wrote data/ced-tiny.pt"));
  CHECK_THAT(written.err, Contains("not one of the files that CED's authors publish"));
  const auto file = place.folder / "data/ced-tiny.pt";
  const auto read = yamnet::weights_from_file(file);
  CHECK(read.tensors == place.weights.tensors);
  CHECK(read.network.input == network::ced_input());
  CHECK_THAT(place.import({}).out, Contains("up to date"));

  const auto backbone = yamnet::load_backbone(file, {});
  CHECK(backbone->embedding_size() == 192);
  CHECK(backbone->class_count() == 527);
  const auto windows = place.import({"--patch-frames", "96", "--patch-hop-frames", "48", "--out", "w.safetensors"});
  CHECK(windows.exit_code == 0);
  const auto input = weights::read_safetensors(place.folder / "w.safetensors").network.input;
  CHECK(input.patch_frames == 96);
  CHECK(input.patch_hop_frames == 48);
  CHECK_FALSE(input.centered);
  CHECK_FALSE(input.has_short_patches());
  CHECK(place.import({"--patch-frames", "160", "--out", "w.safetensors"}).exit_code == 0);
  CHECK(weights::read_safetensors(place.folder / "w.safetensors").network.input.patch_hop_frames == 160);

  CHECK(place.import({"--activation", "relu"}).exit_code == 2);
}

TEST_CASE("importer compares CED with published logits, and refuses what differs", "[yamnet]") {
  const CedPlace place;
  CHECK_THAT(place.import({"--check"}).err, Contains("ced-tiny.logits.json"));
  place.write_logits(0);
  const auto passed = place.import({"--check"});
  INFO(passed.err);
  CHECK(passed.exit_code == 0);
  CHECK_THAT(passed.out, Contains("answers as published"));
  CHECK_FALSE(std::filesystem::exists(place.folder / "data/ced-tiny.pt"));
  place.write_logits(0.5);
  const auto failed = place.import({"--check"});
  CHECK(failed.exit_code == 1);
  CHECK_THAT(failed.err, Contains("not the published ones of ced-tiny") && Contains("silence_2s"));

  std::filesystem::remove(place.folder / "data/ced/class_labels_indices.csv");
  const auto nameless = place.import({});
  CHECK(nameless.exit_code == 1);
  CHECK_THAT(nameless.err, Contains("fetcher audioset_classes"));
}

TEST_CASE("CED's published files are those of data/assets.yaml", "[yamnet]") {
  const std::string manifest = read_file(soundfold::testing::source_folder() / "data/assets.yaml");
  for (const auto& published : ced::kPublishedCed) {
    CHECK_THAT(manifest, Contains("place: ced/ced-" + name_of(published.size) + ".safetensors") &&
                             Contains(std::string("sha256: ") + published.sha256));
  }
}
