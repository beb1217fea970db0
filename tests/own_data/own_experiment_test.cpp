// SPDX-License-Identifier: Apache-2.0
#include "own_data/own_experiment.h"

#include "audio/waveform.h"
#include "config/load.h"
#include "config/print.h"
#include "support/errors.h"
#include "support/files.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

using namespace soundfold;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

config::Experiment own(const fs::path& data, std::vector<std::string> overrides = {}) {
  overrides.insert(overrides.begin(), "backbone.weights=w.pt");  // whatever network lies where the tests run
  return own_data::own_experiment(data, overrides);
}

std::string why_refused(const fs::path& data, const std::vector<std::string>& overrides = {}) {
  try {
    own(data, overrides);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

/// A CSV of as many clips as folds are given, each in its fold.
fs::path list_with_folds(const testing::TempFolder& folder, const std::vector<int>& folds) {
  std::string csv = "path,label,fold\n";
  for (std::size_t i = 0; i < folds.size(); ++i) {
    const auto name = "clip" + std::to_string(i) + ".wav";
    audio::write_wav(folder / name, std::vector<float>(160, 0.1F), 16'000);
    csv += name + (i % 2 == 0 ? ",dog," : ",cat,") + std::to_string(folds[i]) + "\n";
  }
  write_file_atomically(folder / "clips.csv", csv);
  return folder / "clips.csv";
}

}  // namespace

TEST_CASE("a folder gets the settings of configs/own_folder.yaml, its own name and place", "[own_data]") {
  const testing::TempFolder folder;
  make_folder(folder / "my sounds");
  auto experiment = own((folder / "my sounds").string() + "/");
  CHECK(experiment.name == "my_sounds");
  CHECK(experiment.data.root == (folder / "my sounds").string() + "/");
  auto file = config::load_experiment(testing::source_folder() / "configs/own_folder.yaml");
  file.name = experiment.name;
  file.data.root = experiment.data.root;
  file.backbone.weights = "w.pt";
  CHECK(config::to_yaml(experiment) == config::to_yaml(file));
  CHECK(own(folder / "my sounds", {"training.epochs=3", "name=other"}).training.epochs == 3);
  CHECK(own(folder / "my sounds", {"training.epochs=3", "name=other"}).name == "other");
  make_folder(folder / "\xD0\xB7\xD0\xB2");
  CHECK(own(folder / "\xD0\xB7\xD0\xB2").name == "own_data");
}

TEST_CASE("a folder of recordings with label files is read as annotations", "[own_data]") {
  const testing::TempFolder folder;
  const auto place = folder.path() / "meadow";
  make_folder(place / "night");
  for (const char* name : {"day1.wav", "night/day2.wav", "day3.wav"}) {
    audio::write_wav(place / name, std::vector<float>(16'000, 0.1F), 16'000);
  }
  CHECK(own(place).data.layout == config::Layout::folders);
  write_file_atomically(place / "day1.txt", "0.1\t0.4\tcricket\n");
  CHECK(own(place).data.layout == config::Layout::folders);  // one of three
  write_file_atomically(place / "night/day2.Table.1.selections.txt",
                        "Selection\tBegin Time (s)\tEnd Time (s)\tAnnotation\n1\t0.2\t0.5\towl\n");
  const auto experiment = own(place);
  CHECK(experiment.data.layout == config::Layout::annotations);
  CHECK(experiment.data.root == place.string());
  CHECK(experiment.data.other_class == "other");
  CHECK(experiment.data.negative_class == "other");
  CHECK(own(place, {"data.other_class=silence", "data.negative_class=silence"}).data.other_class == "silence");
  write_file_atomically(place / "day1.txt", "a description of the recording\n");
  CHECK(own(place).data.layout == config::Layout::folders);
  write_file_atomically(place / "meta/esc50.csv", "filename\n");
  write_file_atomically(place / "day1.txt", "0.1\t0.4\tcricket\n");
  CHECK(own(place).data.layout == config::Layout::esc50);
}

TEST_CASE("a copy of ESC-50 is read as such", "[own_data]") {
  const testing::TempFolder folder;
  write_file_atomically(folder / "meta/esc50.csv", "filename\n");
  CHECK(own(folder.path()).data.layout == config::Layout::esc50);
}

TEST_CASE("of a CSV the last fold is for testing and the one before for validation", "[own_data]") {
  const testing::TempFolder folder;
  const auto list = list_with_folds(folder, {2, 2, 4, 4, 7, 7, 9, 9});
  const auto experiment = own(list);
  CHECK(experiment.name == "clips");
  CHECK(experiment.data.layout == config::Layout::csv);
  CHECK(experiment.folds.train == std::vector<std::int64_t>{2, 4});
  CHECK(experiment.folds.validation == std::vector<std::int64_t>{7});
  CHECK(experiment.folds.test == std::vector<std::int64_t>{9});
  CHECK(own(list, {"folds.train=[9]", "folds.validation=[4]", "folds.test=[2]"}).folds.test ==
        std::vector<std::int64_t>{2});

  const testing::TempFolder other;
  CHECK_THAT(why_refused(list_with_folds(other, {1, 1, 2, 2})), Contains("its column of folds names folds 1, 2 alone"));
}

TEST_CASE("what is neither a folder nor a list is refused with what to give", "[own_data]") {
  const testing::TempFolder folder;
  CHECK_THAT(why_refused(folder / "nowhere"), Contains("nowhere' does not exist"));
  write_file_atomically(folder / "a.yaml", "name: a\n");
  CHECK_THAT(why_refused(folder / "a.yaml"), Contains("give it as --config "));
  write_file_atomically(folder / "a.WAV", "sound");
  CHECK_THAT(why_refused(folder / "a.WAV"), Contains("is neither a folder nor a CSV"));
  CHECK_THAT(why_refused(folder.path(), {"data.root=elsewhere"}), Contains("--set data.root=...: the data are '"));
  CHECK_THAT(why_refused(folder.path(), {"head.hiden=[3]"}), Contains("did you mean head.hidden?"));
}
