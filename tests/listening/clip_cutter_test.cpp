// SPDX-License-Identifier: Apache-2.0
#include "listening/clip_cutter.h"

#include "audio/waveform.h"
#include "support/errors.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

#include <cmath>

using namespace soundfold;
namespace fs = std::filesystem;

namespace {

events::Event event_of(double start_s, double end_s, const std::string& label = "dog") {
  events::Event event;
  event.start_s = start_s;
  event.end_s = end_s;
  event.label = label;
  return event;
}

/// Second n of it is the constant n / 100.
std::vector<float> steps(int seconds, int rate_hz) {
  std::vector<float> samples;
  for (int n = 0; n < seconds; ++n) samples.insert(samples.end(), static_cast<std::size_t>(rate_hz), n / 100.0F);
  return samples;
}

std::vector<float> samples_in(const fs::path& file) {
  audio::DecodeOptions options;
  options.sample_rate_hz = 1'000;
  return audio::load_waveform(file, options);
}

double second_at(const fs::path& file, double seconds) {
  return std::round(double{samples_in(file).at(static_cast<std::size_t>(seconds * 1'000))} * 100);
}

double seconds_in(const fs::path& file) {
  return static_cast<double>(samples_in(file).size()) / 1'000;
}

}  // namespace

TEST_CASE("an event is cut with its margins, whatever pieces the sound came in", "[listening]") {
  const auto sound = steps(60, 1'000);
  for (const std::size_t piece : {std::size_t{1}, std::size_t{160}, std::size_t{4'801}, sound.size()}) {
    const testing::TempFolder folder;
    listening::ClipCutter cutter({folder / "clips", 0.5, 60}, "yard", 1'000);
    bool asked = false;
    for (std::size_t at = 0; at < sound.size(); at += piece) {
      const auto count = std::min(piece, sound.size() - at);
      cutter.push(sound.data() + at, count);
      if (!asked && at + count >= 14'000) {  // news comes after the event
        asked = true;
        CHECK(cutter.cut(event_of(10, 12.25)) == folder / "clips/dog/yard_10.00_12.25.wav");
        cutter.cut(event_of(0.25, 1, "c/t"));
        cutter.cut(event_of(13, 59.9, "cat"));
      }
    }
    cutter.finish();
    const fs::path clip = folder / "clips/dog/yard_10.00_12.25.wav";
    CHECK(seconds_in(clip) == Approx(3.25));
    CHECK(second_at(clip, 0) == 9);
    CHECK(second_at(clip, 0.5) == 10);
    CHECK(second_at(clip, 3.2) == 12);
    CHECK(seconds_in(folder / "clips/c_t/yard_0.25_1.00.wav") == Approx(1.5));
    CHECK(seconds_in(folder / "clips/cat/yard_13.00_59.90.wav") == Approx(60 - 12.5));
  }
}

TEST_CASE("memory does not grow, and of a long event the end is kept", "[listening]") {
  const testing::TempFolder folder;
  listening::ClipCutter cutter({folder.path(), 0, 2}, "x", 1'000);
  const auto sound = steps(90, 1'000);
  cutter.push(sound.data(), sound.size());
  cutter.cut(event_of(10, 90));
  CHECK(seconds_in(folder / "dog/x_10.00_90.00.wav") == Approx(2));
  CHECK(second_at(folder / "dog/x_10.00_90.00.wav", 0) == 88);
  cutter.cut(event_of(10, 12));  // forgotten long ago
  CHECK_FALSE(fs::exists(folder / "dog/x_10.00_12.00.wav"));
}

TEST_CASE("names become names of files", "[listening]") {
  CHECK(listening::file_name_of("dog") == "dog");
  CHECK(listening::file_name_of("../a:b\n") == "_.._a_b_");
  CHECK(listening::file_name_of("") == "_");
  CHECK(listening::file_name_of("-rf") == "_-rf");
  const std::string long_name = listening::file_name_of(std::string(119, 'a') + "\xC3\xA9xyz");
  CHECK(long_name == std::string(119, 'a'));
  const testing::TempFolder folder;
  CHECK_THROWS_AS(listening::ClipCutter({folder.path(), -1, 60}, "x", 1'000), UsageError);
  CHECK_THROWS_AS(listening::ClipCutter({folder.path(), 0, 0}, "x", 1'000), UsageError);
}
