// SPDX-License-Identifier: Apache-2.0
#include "soundscapes/soundscape.h"

#include "audio/waveform.h"
#include "events/label_files.h"
#include "support/errors.h"
#include "support/files.h"
#include "testing/testing.h"
#include "text/csv.h"

#include <catch2/catch.hpp>

#include <cmath>

using namespace soundfold;
using Catch::Contains;
using soundscapes::SoundscapeOptions;
namespace fs = std::filesystem;

namespace {

SoundscapeOptions small_scene(const fs::path& folder) {
  SoundscapeOptions options;
  options.folder = folder;
  options.events = {"synthesised", {"dog", "cat"}, {}};
  options.background = {"synthesised", {"rain", "wind"}, {}};
  options.recordings = 2;
  options.minutes = 0.5;
  options.event_count = 5;
  options.least_distance_s = 0.5;
  options.extent.longest_pause_s = 0.1;
  options.seed = 4;
  return options;
}

std::string message_of(const SoundscapeOptions& options) {
  try {
    soundscapes::write_soundscapes(options);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("recordings have their length, and the three annotations agree", "[soundscapes]") {
  const testing::TempFolder place;
  const auto report = soundscapes::write_soundscapes(small_scene(place / "scene"));
  CHECK(report.recordings == 2);
  CHECK(report.events == 5);
  CHECK(report.seconds == Approx(60));
  const auto table = events::read_labels(place / "scene" / "annotations.csv");
  REQUIRE(table.size() == 2);
  CHECK(table[0].events.size() == 3);
  CHECK(table[1].events.size() == 2);
  for (const auto& recording : table) {
    const fs::path wav = place / "scene" / recording.path;
    const auto waveform = audio::load_waveform(wav);
    CHECK(waveform.size() == 480'000);
    auto track = wav, selections = wav;
    track.replace_extension(".txt");
    selections.replace_extension(".selections.txt");
    for (const auto& path : {track, selections}) {
      const auto read = events::read_labels(path);
      REQUIRE(read.size() == 1);
      REQUIRE(read[0].events.size() == recording.events.size());
      for (std::size_t i = 0; i < recording.events.size(); ++i) {
        CHECK(read[0].events[i].start_s == Approx(recording.events[i].start_s).margin(0.002));
        CHECK(read[0].events[i].end_s == Approx(recording.events[i].end_s).margin(0.002));
        CHECK(read[0].events[i].label == recording.events[i].label);
      }
    }
  }
}

TEST_CASE("the same seed gives the same bytes, another one others", "[soundscapes]") {
  const testing::TempFolder place;
  auto options = small_scene(place / "a");
  soundscapes::write_soundscapes(options);
  options.folder = place / "b";
  soundscapes::write_soundscapes(options);
  options.folder = place / "c";
  options.seed = 5;
  soundscapes::write_soundscapes(options);
  const auto bytes = [&](const std::string& folder, const std::string& file) {
    return read_file(place / folder / file);
  };
  for (const auto* file : {"soundscape_001.wav", "soundscape_002.wav", "annotations.csv", "soundscape_001.txt"}) {
    CHECK(bytes("a", file) == bytes("b", file));
    CHECK(bytes("a", file) != bytes("c", file));
  }
}

TEST_CASE("what is not annotated is background at the level asked for", "[soundscapes]") {
  const testing::TempFolder place;
  auto options = small_scene(place / "scene");
  options.recordings = 1;
  options.event_count = 0;
  options.background.classes = {"rain"};
  options.background_dbfs = {-30, -30};
  soundscapes::write_soundscapes(options);
  double sum = 0;
  const auto waveform = audio::load_waveform(place / "scene" / "soundscape_001.wav");
  for (const float sample : waveform) sum += static_cast<double>(sample) * sample;
  CHECK(10 * std::log10(sum / static_cast<double>(waveform.size())) == Approx(-30).margin(0.5));
  const auto table = events::read_labels(place / "scene" / "annotations.csv");
  REQUIRE(table.size() == 1);
  CHECK(table[0].events.empty());
}

TEST_CASE("options that do not go together are refused in one line", "[soundscapes]") {
  const testing::TempFolder place;
  auto options = small_scene(place / "scene");
  options.event_count = 200;
  CHECK_THAT(message_of(options), Contains("do not fit a recording of 30.0 s"));
  options = small_scene(place / "scene");
  options.snr_db[0] = 30;
  CHECK_THAT(message_of(options), Contains("the lowest limit of the ratio in dB is 30.00"));
  options = small_scene(place / "scene");
  options.events.place = (place / "nowhere").string();
  CHECK_THAT(message_of(options), Contains("is neither a folder, nor a CSV, nor the word synthesised"));
  options.events = {"synthesised", {}, {}};
  CHECK_THAT(message_of(options), Contains("name the kinds"));
}

TEST_CASE("synthesizer --soundscape as a user runs it", "[soundscapes]") {
  const testing::TempFolder place;
  const auto result =
      testing::run("synthesizer", {"--soundscape", "--out", (place / "scene").string(), "--events", "synthesised",
                                   "--event-classes", "dog", "--background", "synthesised", "--background-classes",
                                   "rain", "--minutes", "0.2", "--count", "2", "--snr", "5,10", "--pause", "0.1"});
  CHECK(result.exit_code == 0);
  CHECK_THAT(result.out, Contains("1 recordings, 12 s in all, 2 events, annotations.csv"));
  const auto csv = CsvTable::read(place / "scene" / "annotations.csv");
  REQUIRE(csv.row_count() == 2);
  for (std::size_t row = 0; row < 2; ++row) {
    CHECK(csv.at(row, "label") == "dog");
    CHECK(std::stod(csv.at(row, "snr_db")) >= 5 - 0.01);
    CHECK(std::stod(csv.at(row, "snr_db")) <= 10 + 0.01);
  }
  const auto alone = testing::run("synthesizer", {"--events", "synthesised", "--out", (place / "x").string()});
  CHECK(alone.exit_code == 2);
}
