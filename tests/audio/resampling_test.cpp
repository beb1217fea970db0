// SPDX-License-Identifier: Apache-2.0
#include "audio/sound_files.h"
#include "audio/waveform.h"
#include "support/errors.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>

using namespace soundfold;
using testing::kFloatWav;
using testing::tone;
using testing::tone_error;
using testing::write_sound;

namespace {

std::vector<float> resampled(const std::vector<float>& samples, int rate_hz) {
  const testing::TempFolder folder;
  write_sound(folder / "a.wav", samples, 1, rate_hz, kFloatWav);
  return audio::load_waveform(folder / "a.wav");
}

}  // namespace

TEST_CASE("a tone keeps its time, level and length at every rate", "[audio]") {
  // A delay of one sample at 16 kHz would make the error 0.5 * 2 pi 440 / 16000 = 0.086.
  for (const int rate :
       {4'000, 8'000, 11'025, 16'000, 22'050, 32'000, 44'100, 44'101, 48'000, 96'000, 192'000, 768'000}) {
    const std::size_t count = static_cast<std::size_t>(rate) * 3 / 2 + 7;
    const std::vector<float> samples = resampled(tone(count, 440, rate), rate);
    CAPTURE(rate);
    CHECK(std::abs(static_cast<double>(samples.size()) - std::round(static_cast<double>(count) * 16'000 / rate)) <= 1);
    CHECK(tone_error(samples, 440, 0.5, 800) < 2e-6);
  }
}

TEST_CASE("files are decoded to the rate that is asked for", "[audio]") {
  const testing::TempFolder folder;
  for (const int from : {16'000, 32'000, 44'100, 48'000}) {
    const auto seconds = static_cast<std::size_t>(from);
    write_sound(folder / "a.wav", tone(seconds, 440, from), 1, from, kFloatWav);
    for (const int to : {8'000, 22'050, 32'000, 48'000}) {
      CAPTURE(from, to);
      const auto samples = audio::load_waveform(folder / "a.wav", {audio::Channels::mean, 0, to});
      CHECK(std::abs(static_cast<double>(samples.size()) - to) <= 1);
      if (to == from) CHECK(samples == tone(seconds, 440, from));
      const auto expected = tone(samples.size(), 440, to);
      double error = 0;
      for (std::size_t i = 800; i + 800 < samples.size(); ++i) {
        error = std::max(error, std::abs(static_cast<double>(samples[i]) - static_cast<double>(expected[i])));
      }
      CHECK(error < 2e-6);
      CHECK(audio::resampled(tone(seconds, 440, from), from, to) == samples);
    }
  }
}

TEST_CASE("a sound above 8 kHz is there at 32 kHz, and not at 16 kHz", "[audio]") {
  const testing::TempFolder folder;
  write_sound(folder / "a.wav", tone(48'000, 12'000, 48'000), 1, 48'000, kFloatWav);
  const auto peak = [&](int rate_hz) {
    const auto samples = audio::load_waveform(folder / "a.wav", {audio::Channels::mean, 0, rate_hz});
    const auto middle = samples.begin() + static_cast<std::ptrdiff_t>(samples.size() / 2);
    return *std::max_element(middle - 500, middle + 500);
  };
  CHECK(peak(32'000) > 0.35F);
  CHECK(peak(16'000) < 1e-4F);
}

TEST_CASE("a rate that no network has is refused", "[audio]") {
  const testing::TempFolder folder;
  write_sound(folder / "a.wav", tone(100, 440, 16'000), 1, 16'000, kFloatWav);
  for (const int rate_hz : {-1, 0, 768'001}) {
    CHECK_THROWS_AS(audio::load_waveform(folder / "a.wav", {audio::Channels::mean, 0, rate_hz}), UsageError);
    CHECK_THROWS_AS(audio::resampled({0.5F}, 16'000, rate_hz), UsageError);
  }
}

TEST_CASE("an impulse stays where it is", "[audio]") {
  for (const int rate : {8'000, 22'050, 44'100, 48'000}) {
    std::vector<float> impulse(static_cast<std::size_t>(rate), 0.0f);
    const int place = rate / 2;
    impulse[static_cast<std::size_t>(place)] = 1;  // at 0.5 s, the 8,000th sample at 16 kHz
    const std::vector<float> samples = resampled(impulse, rate);
    const auto peak = std::max_element(samples.begin(), samples.end());
    CAPTURE(rate);
    CHECK(peak - samples.begin() == std::lround(place * 16'000.0 / rate));
    // Linear phase: the same to both sides.
    if (rate % 2 == 0) {
      for (int i = 1; i < 50; ++i) CHECK(*(peak - i) == Approx(*(peak + i)).margin(1e-6));
    }
  }
}

TEST_CASE("the tail is flushed", "[audio]") {
  // The last samples of a constant are there, at full level up to the filter's ringing.
  const std::vector<float> samples = resampled(std::vector<float>(44'100, 0.5f), 44'100);
  REQUIRE(samples.size() == 16'000);
  CHECK(samples[15'900] == Approx(0.5).margin(0.01));
  CHECK(samples[15'999] > 0.2f);
}

TEST_CASE("what 16 kHz cannot hold is removed, what YAMNet uses is kept", "[audio]") {
  // 9 kHz would fold to 7 kHz; 7.3 kHz lies in YAMNet's highest band.
  const std::vector<float> gone = resampled(tone(44'100, 9'000, 44'100), 44'100);
  CHECK(std::all_of(gone.begin() + 800, gone.end() - 800, [](float x) { return std::abs(x) < 1e-5f; }));
  const std::vector<float> kept = resampled(tone(44'100, 7'300, 44'100), 44'100);
  CHECK(tone_error(kept, 7'300, 0.5, 800) < 0.5 * 0.003);
}

TEST_CASE("at 16 kHz samples are not touched", "[audio]") {
  const std::vector<float> samples = tone(100'000, 1'234, 16'000);
  CHECK(resampled(samples, 16'000) == samples);
}

TEST_CASE("streaming gives the same bits in blocks of at most 16,384 samples", "[audio]") {
  const testing::TempFolder folder;
  for (const int rate : {100, 16'000, 44'100, 192'000}) {
    const std::size_t count = rate == 100 ? 1'500 : 300'000;
    write_sound(folder / "a.wav", tone(count, 20, rate, {1, 0.5}), 2, rate, kFloatWav);
    std::vector<float> joined;
    std::size_t largest = 0;
    const std::int64_t given = audio::stream_waveform(folder / "a.wav", [&](const float* samples, std::size_t size) {
      joined.insert(joined.end(), samples, samples + size);
      largest = std::max(largest, size);
    });
    CAPTURE(rate);
    CHECK(largest <= 16'384);
    CHECK(given == static_cast<std::int64_t>(joined.size()));
    CHECK(joined == audio::load_waveform(folder / "a.wav"));
  }
}

TEST_CASE("a limit on the length is kept", "[audio]") {
  const testing::TempFolder folder;
  write_sound(folder / "a.wav", tone(44'100, 440, 44'100), 1, 44'100, kFloatWav);
  CHECK(audio::load_waveform(folder / "a.wav", {audio::Channels::mean, 1.0}).size() == 16'000);
  CHECK_THROWS_WITH(audio::load_waveform(folder / "a.wav", {audio::Channels::mean, 0.5}),
                    Catch::Contains("longer than the 0.5 s allowed"));
}

TEST_CASE("what a consumer throws comes out", "[audio]") {
  const testing::TempFolder folder;
  write_sound(folder / "a.wav", tone(44'100, 440, 44'100), 1, 44'100, kFloatWav);
  const auto fail = [](const float*, std::size_t) { throw DataError("disk full"); };
  CHECK_THROWS_WITH(audio::stream_waveform(folder / "a.wav", fail), "disk full");
}
