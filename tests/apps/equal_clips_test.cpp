// SPDX-License-Identifier: Apache-2.0
#include "apps/small_place.h"
#include "support/files.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace soundfold;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

/// The ten sounds of a SmallPlace as a folder for each class, without folds, and an experiment on them.
void sort_into_folders(const testing::SmallPlace& place) {
  for (const auto& entry : fs::directory_iterator(place / "set/audio")) {
    const std::string name = entry.path().filename().string();
    const bool dog = name.substr(name.size() - 6) == "-0.wav";
    fs::create_directories(place / (dog ? "own/dog" : "own/cat"));
    fs::copy_file(entry.path(), place / (dog ? "own/dog" : "own/cat") / name);
  }
  write_file_atomically(place / "own.yaml",
                        "name: own\ndata: {layout: folders, root: own}\n"
                        "folds: {validation_fraction: 0.2, test_fraction: 0.4}\n"
                        "training: {epochs: 2, batch_size: 4}\nearly_stopping: {enabled: false}\n");
}

testing::ProgramResult train(const testing::SmallPlace& place, const std::string& config,
                             const std::vector<std::string>& more = {}) {
  std::vector<std::string> arguments{"--config", config, "--threads", "1"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return testing::run("trainer", arguments, place.path());
}

}  // namespace

TEST_CASE("a recording under several names is never in two splits of a random split", "[apps]") {
  const testing::SmallPlace place;
  sort_into_folders(place);
  for (const char* copy : {"copy1.wav", "copy2.wav", "copy3.wav"}) {
    fs::copy_file(place / "own/dog/1-11000-A-0.wav", place / "own/dog" / copy);
  }
  for (const char* seed : {"seed=1", "seed=2"}) {
    const auto result = train(place, "own.yaml", {"--set", seed});
    INFO(result.err);
    REQUIRE(result.exit_code == 0);
    CHECK_THAT(result.err, Contains("4 clips have the same bytes") && Contains("dog/copy1.wav"));
    const auto logits = nlohmann::json::parse(read_file(place / "experiments/own/latest/test_logits.json"));
    int tested = 0;
    for (const char* name : {"1-11000-A-0.wav", "copy1.wav", "copy2.wav", "copy3.wav"}) {
      tested += logits.contains(std::string("dog/") + name) ? 1 : 0;
    }
    CHECK((tested == 0 || tested == 4));
  }
}

TEST_CASE("a recording in two classes, or in two folds, is refused by name", "[apps]") {
  const testing::SmallPlace place;
  sort_into_folders(place);
  fs::copy_file(place / "own/dog/1-11000-A-0.wav", place / "own/cat/meow.wav");
  const auto result = train(place, "own.yaml");
  CHECK(result.exit_code == 1);
  CHECK_THAT(result.err, Contains("'cat/meow.wav' (cat)") && Contains("'dog/1-11000-A-0.wav' (dog)") &&
                             Contains("different classes"));
  CHECK_FALSE(fs::exists(place / "experiments"));

  fs::remove(place / "own/cat/meow.wav");
  fs::copy_file(place / "own/dog/1-11000-A-0.wav", place / "own/dog/bark.wav");
  std::string csv = "path,label,fold\ndog/bark.wav,dog,2\n";
  for (const std::string name : {"dog", "cat"}) {
    for (const auto& entry : fs::directory_iterator(place / "own" / name)) {
      const std::string file = entry.path().filename().string();
      if (file != "bark.wav") csv += name + "/" + file + "," + name + "," + file.substr(0, 1) + "\n";
    }
  }
  write_file_atomically(place / "own/list.csv", csv);
  write_file_atomically(place / "list.yaml",
                        "name: list\ndata: {layout: csv, root: own, manifest: own/list.csv}\n"
                        "folds: {train: [2, 3, 4], validation: [], test: [1, 5]}\n"
                        "training: {epochs: 2}\nearly_stopping: {enabled: false}\n");
  const auto crossed = train(place, "list.yaml");
  CHECK(crossed.exit_code == 1);
  CHECK_THAT(crossed.err, Contains("same bytes") && Contains("both the train and the test split") &&
                              Contains("'dog/bark.wav' and 'dog/1-11000-A-0.wav'"));
  CHECK(train(place, "list.yaml", {"--set", "folds.train=[1, 2, 3, 4]", "--set", "folds.test=[5]"}).exit_code == 0);
  CHECK(train(place, "list.yaml", {"--set", "protocol.type=cross_validation"}).exit_code == 1);
}
