// SPDX-License-Identifier: Apache-2.0
#include "audio/waveform.h"
#include "library/opposite_channels.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>
#include <soundfold/audio.h>
#include <soundfold/error.h>
#include <soundfold/log.h>
#include <soundfold/version.h>

#include <string>
#include <vector>

using namespace soundfold;

TEST_CASE("the library reads sound files as the programs do, whole and in blocks", "[library]") {
  const testing::TempFolder folder;
  const auto path = folder / "sound.wav";
  testing::write_opposite_channels(path);
  for (const auto& [channels, inner] : {std::pair{Channels::mean, audio::Channels::mean},
                                        {Channels::left, audio::Channels::left},
                                        {Channels::right, audio::Channels::right},
                                        {Channels::loudest, audio::Channels::loudest}}) {
    audio::DecodeReport ignored;
    const auto expected = audio::load_waveform(path, {inner}, &ignored);
    CHECK(load_audio(path, {channels}) == expected);
    std::vector<float> joined;
    const auto take = [&](const float* samples, std::size_t count) {
      joined.insert(joined.end(), samples, samples + count);
    };
    CHECK(stream_audio(path, take, {channels}) == 16'000);
    CHECK(joined == expected);
  }
  const AudioInfo info = probe_audio(path);
  CHECK(info.sample_rate_hz == 16'000);
  CHECK(info.channels == 2);
  CHECK(info.frames == 16'000);
  CHECK_THAT(info.format, Catch::Matchers::Contains("WAV"));
}

TEST_CASE("the library's errors have types that its user sees", "[library]") {
  const testing::TempFolder folder;
  CHECK_THROWS_AS(load_audio(folder / "missing.wav"), DataError);
  testing::write_opposite_channels(folder / "sound.wav");
  CHECK_THROWS_AS(load_audio(folder / "sound.wav", {Channels::mean, 0.5}), DataError);
  struct Own {};
  const auto throws = [](const float*, std::size_t) { throw Own{}; };
  CHECK_THROWS_AS(stream_audio(folder / "sound.wav", throws), Own);
}

TEST_CASE("the library's warnings come to the callback, from the level that was asked for", "[library]") {
  const testing::TempFolder folder;
  const auto path = folder / "opposite.wav";
  testing::write_opposite_channels(path);
  std::vector<std::string> lines;
  const auto keep = [&](LogLevel level, std::string_view line) {
    CHECK(level == LogLevel::warning);
    lines.emplace_back(line);
  };
  set_log_callback(keep);
  load_audio(path);
  REQUIRE(lines.size() == 1);
  CHECK_THAT(lines[0], Catch::Matchers::Contains("opposite.wav"));
  set_log_callback(keep, LogLevel::error);
  load_audio(path);
  set_log_callback([](LogLevel, std::string_view) { throw 1; });
  load_audio(path);
  set_log_callback({});
  load_audio(path);
  CHECK(lines.size() == 1);
}

TEST_CASE("the library's version is that of its headers", "[library]") {
  CHECK(library_version() == std::to_string(SOUNDFOLD_VERSION_MAJOR) + "." + std::to_string(SOUNDFOLD_VERSION_MINOR) +
                                 "." + std::to_string(SOUNDFOLD_VERSION_PATCH));
}
