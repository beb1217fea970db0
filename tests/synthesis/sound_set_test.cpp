// SPDX-License-Identifier: Apache-2.0
#include "synthesis/sound_set.h"

#include "audio/waveform.h"
#include "dataset/dataset.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/hashing.h"
#include "support/interrupt.h"
#include "testing/testing.h"
#include "text/csv.h"

#include <catch2/catch.hpp>

#include <csignal>
#include <functional>
#include <map>
#include <set>

using namespace soundfold;
using namespace soundfold::synthesis;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

SoundSetOptions small_set(const fs::path& folder) {
  SoundSetOptions options;
  options.folder = folder;
  options.kinds = {"dog", "cat", "tone"};
  options.clips_per_fold = 3;
  options.takes_per_source = 2;
  options.duration_s = 0.2;
  return options;
}

std::map<std::string, std::string> digests(const fs::path& folder) {
  std::map<std::string, std::string> all;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) {
      all[entry.path().lexically_relative(folder).string()] = hash_file(HashKind::xxh3_128, entry.path());
    }
  }
  return all;
}

}  // namespace

TEST_CASE("the set is one that the ESC-50 reader takes, and no source crosses folds", "[synthesis]") {
  const testing::TempFolder place;
  const auto report = write_sound_set(small_set(place / "set"));
  CHECK(report.written == 45);
  CHECK(report.kept == 0);

  dataset::DataOptions data;
  data.root = place / "set";
  data.classes = {"dog", "cat"};
  const auto loaded = dataset::load(data);
  CHECK(loaded.class_names == std::vector<std::string>{"dog", "cat"});
  CHECK(loaded.folds() == std::vector<int>{1, 2, 3, 4, 5});
  REQUIRE(loaded.clips.size() == 30);
  std::map<std::string, std::set<int>> folds_of;
  std::map<std::pair<int, std::int64_t>, int> clips_of;
  for (const auto& clip : loaded.clips) {
    folds_of[clip.source].insert(clip.fold);
    ++clips_of[{clip.fold, clip.labels.at(0)}];
    CHECK(audio::load_waveform(clip.path).size() == 3200);
  }
  CHECK(folds_of.size() == 20);  // two sources a fold and kind: one with two takes, one with one
  for (const auto& [source, folds] : folds_of) CHECK(folds.size() == 1);
  for (const auto& [place_of, count] : clips_of) CHECK(count == 3);

  const auto csv = CsvTable::read(place / "set" / "meta/esc50.csv");
  CHECK(csv.at(0, "filename") == "1-11000-A-0.wav");
  CHECK(csv.at(0, "esc10") == "True");
  CHECK(csv.at(1, "take") == "B");
  const auto info = audio::probe(place / "set" / "audio/1-11000-A-0.wav");
  CHECK(info.sample_rate_hz == 16000);
  CHECK(info.channels == 1);
  CHECK_THAT(info.format, Contains("16 bit"));
}

TEST_CASE("a second run writes nothing, and a missing or truncated clip is written again as it was", "[synthesis]") {
  const testing::TempFolder place;
  const auto options = small_set(place / "set");
  write_sound_set(options);
  const auto before = digests(options.folder);
  const fs::path clip = options.folder / "audio/2-12000-B-0.wav", other = options.folder / "audio/3-63001-A-5.wav";
  REQUIRE(fs::exists(other));
  const auto time_before = fs::last_write_time(other);

  auto again = write_sound_set(options);
  CHECK(again.written == 0);
  CHECK(again.kept == 45);
  CHECK(fs::last_write_time(other) == time_before);

  fs::remove(clip);
  fs::resize_file(other, 1000);
  fs::remove(options.folder / "meta/esc50.csv");
  again = write_sound_set(options);
  CHECK(again.written == 2);
  CHECK(digests(options.folder) == before);
}

TEST_CASE("seed, kinds and numbers make the set; the other kinds do not change a clip", "[synthesis]") {
  const testing::TempFolder place;
  auto options = small_set(place / "a");
  write_sound_set(options);
  auto other = small_set(place / "b");
  other.kinds = {"cat"};
  write_sound_set(other);
  const std::string name = "audio/4-64000-A-5.wav";
  const auto first = hash_file(HashKind::xxh3_128, place / "a" / name);
  CHECK(hash_file(HashKind::xxh3_128, place / "b" / name) == first);
  other = small_set(place / "c");
  other.seed = 1;
  write_sound_set(other);
  CHECK(hash_file(HashKind::xxh3_128, place / "c" / name) != first);
}

TEST_CASE("a stop leaves whole files and no CSV, and the next run resumes", "[synthesis]") {
  const testing::TempFolder place;
  const auto options = small_set(place / "set");
  install_interrupt_handler();
  std::raise(SIGINT);
  CHECK_THROWS_WITH(write_sound_set(options), Contains("stopped after 0 of 45 clips"));
  clear_interrupt();
  CHECK_FALSE(fs::exists(options.folder / "meta/esc50.csv"));
  CHECK(fs::is_empty(options.folder / "audio"));
  CHECK(write_sound_set(options).written == 45);
}

TEST_CASE("other folders are left alone", "[synthesis]") {
  const testing::TempFolder place;
  write_sound_set(small_set(place / "set"));
  const auto before = digests(place / "set");
  auto options = small_set(place / "set");
  options.seed = 5;
  CHECK_THROWS_AS(write_sound_set(options), UsageError);
  CHECK_THROWS_WITH(write_sound_set(options), Contains("other options") && Contains("synthesis.txt"));
  CHECK(digests(place / "set") == before);

  fs::create_directories(place / "mine");
  write_file_atomically(place / "mine" / "letter.txt", "dear");
  CHECK_THROWS_AS(write_sound_set(small_set(place / "mine")), DataError);
  CHECK_THROWS_AS(write_sound_set(small_set(place / "mine" / "letter.txt")), DataError);
  CHECK(digests(place / "mine").size() == 1);
  fs::create_directories(place / "empty" / "meta");  // what a full disk leaves of a start
  CHECK(write_sound_set(small_set(place / "empty")).written == 45);
}

TEST_CASE("impossible options are refused before anything is written", "[synthesis]") {
  const testing::TempFolder place;
  const auto refused = [&](const std::function<void(SoundSetOptions&)>& spoil, const std::string& part) {
    auto options = small_set(place / "set");
    spoil(options);
    CHECK_THROWS_WITH(write_sound_set(options), Contains(part));
    CHECK_THROWS_AS(write_sound_set(options), UsageError);
    CHECK_FALSE(fs::exists(place / "set"));
  };
  refused([](auto& o) { o.clips_per_fold = 0; }, "clips per fold is 0; 1 to 500");
  refused([](auto& o) { o.clips_per_fold = 501; }, "501");
  refused([](auto& o) { o.takes_per_source = 27; }, "27; 1 to 26");
  refused([](auto& o) { o.duration_s = -1; }, "-1 s");
  refused([](auto& o) { o.kinds = {}; }, "at least one");
  refused([](auto& o) { o.kinds = {"cat", "cat"}; }, "'cat' is named twice");
  refused([](auto& o) { o.kinds = {"catt"}; }, "did you mean 'cat'?");
}
