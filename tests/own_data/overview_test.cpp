// SPDX-License-Identifier: Apache-2.0
#include "own_data/overview.h"

#include "audio/waveform.h"
#include "own_data/overview_text.h"
#include "own_data/own_experiment.h"
#include "support/files.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

using namespace soundfold;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

/// `count` different sounds of a second in a folder.
void write_sounds(const fs::path& folder, int count, int rate_hz = 16'000) {
  make_folder(folder);
  static float level = 0;
  for (int i = 0; i < count; ++i) {
    level += 1.0F / 1024;
    audio::write_wav(folder / (std::to_string(i) + ".wav"),
                     std::vector<float>(static_cast<std::size_t>(rate_hz), level), rate_hz);
  }
}

config::Experiment experiment_of(const fs::path& root, const std::vector<std::string>& overrides = {}) {
  auto all = overrides;
  all.insert(all.end(), {"backbone.weights=w.pt", "run.threads=1", "store.folder=" + (root / "../store").string()});
  return own_data::own_experiment(root, all);
}

std::string text_of(const config::Experiment& experiment, const own_data::Overview& overview, std::size_t most = 15) {
  std::string text;
  const auto lines = own_data::overview_lines(experiment, overview, most);
  CHECK(lines.size() <= most);
  for (const auto& line : lines) text += line + "\n";
  return text;
}

}  // namespace

TEST_CASE("an overview counts clips, seconds, splits and formats", "[own_data]") {
  const testing::TempFolder folder;
  write_sounds(folder / "pets/dog", 5);
  write_sounds(folder / "pets/cat", 5, 44'100);
  const auto experiment = experiment_of(folder / "pets");
  for (const auto look : {own_data::Look::headers, own_data::Look::files}) {
    const auto overview = own_data::look_at_data(experiment, look);
    CHECK(overview.obstacles.empty());
    CHECK(overview.trainings == 1);
    CHECK(own_data::seconds_of(overview) == Approx(10));
    CHECK(overview.splits.train.size() == 6);
    const auto text = text_of(experiment, overview);
    CHECK_THAT(text,
               Contains("pets: 2 classes, 10 clips, 10 s of sound\n") &&
                   Contains("classes: cat 5 (5 s), dog 5 (5 s)\n") &&
                   Contains("splits: random with seed 1: train 6 clips") &&
                   Contains("formats: mixed, 16 kHz to 44.1 kHz, 1 channel, WAV, Signed 16 bit PCM; all become") &&
                   Contains("lengths: 1.0 to 1.0 s") && Contains("few test clips: one of 2 is 50.0 points") &&
                   Contains("name=pets") && Contains("head.pooling=mean_max"));
    CHECK_THAT(own_data::cost_text(experiment, overview),
               Contains("10 clips, 10 s of sound") && Contains("1 training of at most 150 epochs"));
  }
}

TEST_CASE("classes with too few files that can be read are named together", "[own_data]") {
  const testing::TempFolder folder;
  for (const char* name : {"dog", "cat"}) write_sounds(folder / "pets" / name, 3);
  write_sounds(folder / "pets/owl", 2);
  write_sounds(folder / "pets/frog", 2);
  write_file_atomically(folder / "pets/frog/broken.wav", "no sound");
  const auto experiment = experiment_of(folder / "pets");
  const auto overview = own_data::look_at_data(experiment, own_data::Look::headers);
  REQUIRE(overview.obstacles.size() == 1);
  CHECK_THAT(overview.obstacles[0], Contains("classes of fewer than 3 files that can be read: frog 2, owl 2") &&
                                        Contains("--set 'data.classes=[cat, dog]'"));
  CHECK_THAT(text_of(experiment, overview), Contains("unreadable: 1 file, left out: frog/broken.wav ("));
  CHECK_THAT(text_of(experiment, overview), Contains("not split, because classes of fewer than 3 files"));
  const auto chosen = experiment_of(folder / "pets", {"data.classes=[cat, dog]"});
  CHECK(own_data::look_at_data(chosen, own_data::Look::headers).obstacles.empty());
}

TEST_CASE("unreadable files are an obstacle where none may be skipped, or one split has no other", "[own_data]") {
  const testing::TempFolder folder;
  for (const char* name : {"test/dog", "test/cat", "train/cat", "train/dog"}) write_sounds(folder / "pets" / name, 4);
  write_file_atomically(folder / "pets/test/dog/0.wav", "no sound");
  const auto skipping = experiment_of(folder / "pets");
  CHECK(own_data::look_at_data(skipping, own_data::Look::headers).obstacles.empty());
  const auto failing = experiment_of(folder / "pets", {"data.on_bad_clip=fail"});
  const auto refused = own_data::look_at_data(failing, own_data::Look::headers).obstacles;
  REQUIRE(refused.size() == 1);
  CHECK_THAT(refused[0], Contains("1 file cannot be read") && Contains("data.on_bad_clip: skip"));
  for (int i = 1; i < 4; ++i) {
    write_file_atomically(folder / "pets/test/dog" / (std::to_string(i) + ".wav"), "no sound " + std::to_string(i));
  }
  const auto without = own_data::look_at_data(skipping, own_data::Look::headers).obstacles;
  REQUIRE(without.size() == 1);
  CHECK_THAT(without[0], Contains("class 'dog': none of its 4 files in the test split can be read"));
}

TEST_CASE("remarks that find no place are counted", "[own_data]") {
  const testing::TempFolder folder;
  for (const char* name : {"dog", "cat"}) write_sounds(folder / "pets" / name, 3);
  const auto experiment = experiment_of(folder / "pets");
  auto overview = own_data::look_at_data(experiment, own_data::Look::headers);
  for (int i = 0; i < 20; ++i) overview.remarks.push_back("remark " + std::to_string(i));
  CHECK_THAT(text_of(experiment, overview, 12),
             Contains("  remark 0\n") && !Contains("remark 19") && Contains("remarks more (--check lists all)\n"));
  CHECK_THAT(text_of(experiment, overview, 100), Contains("remark 19") && !Contains("more (--check"));
}
