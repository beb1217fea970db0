// SPDX-License-Identifier: Apache-2.0
#include "audio/cancellation.h"
#include "audio/sound_files.h"
#include "audio/waveform.h"
#include "support/errors.h"
#include "support/files.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <string>
#include <vector>

using namespace soundfold;
using audio::Channels;
using testing::kFloatWav;
using testing::tone;
using testing::tone_error;
using testing::write_sound;

namespace {

audio::DecodeReport report_of(const std::filesystem::path& path, Channels channels = Channels::mean) {
  audio::DecodeReport report;
  audio::load_waveform(path, {channels}, &report);
  return report;
}

}  // namespace

TEST_CASE("one channel of several can be taken", "[audio]") {
  const testing::TempFolder folder;
  write_sound(folder / "a.wav", tone(70'000, 440, 16'000, {0.5, -0.25, 1.0}), 3, 16'000, kFloatWav);
  const auto level = [&](Channels channels) {
    const auto samples = audio::load_waveform(folder / "a.wav", {channels});
    CHECK(samples.size() == 70'000);
    const double gain = channels == Channels::mean    ? 1.25 / 3
                        : channels == Channels::left  ? 0.5
                        : channels == Channels::right ? -0.25
                                                      : 1.0;
    return tone_error(samples, 440, 0.5 * gain, 0);
  };
  CHECK(level(Channels::mean) < 1e-7);
  CHECK(level(Channels::left) < 1e-7);
  CHECK(level(Channels::right) < 1e-7);
  CHECK(level(Channels::loudest) < 1e-7);
}

TEST_CASE("the loudest channel is that of the highest RMS of the whole file", "[audio]") {
  const testing::TempFolder folder;
  // The first channel has the higher peak and is louder at the beginning; the second has more energy in all.
  std::vector<float> samples;
  for (int i = 0; i < 100'000; ++i) {
    samples.push_back(i < 1'000 ? 1.0f : 0.0f);
    samples.push_back(0.25f);
  }
  write_sound(folder / "a.wav", samples, 2, 16'000, kFloatWav);
  CHECK(audio::load_waveform(folder / "a.wav", {Channels::loudest}) == std::vector<float>(100'000, 0.25f));
  // Of equal ones the first.
  write_sound(folder / "b.wav", tone(1'000, 440, 16'000, {1, -1}), 2, 16'000, kFloatWav);
  CHECK(tone_error(audio::load_waveform(folder / "b.wav", {Channels::loudest}), 440, 0.5, 0) < 1e-7);
}

TEST_CASE("a file of one channel is the same whatever channel is requested", "[audio]") {
  const testing::TempFolder folder;
  for (const auto& [name, format] :
       {std::pair<std::string, int>{"a.wav", kFloatWav}, {"a.mp3", SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III}}) {
    write_sound(folder / name, tone(20'000, 440, 44'100), 1, 44'100, format);
    const auto mean = audio::load_waveform(folder / name);
    CHECK(audio::load_waveform(folder / name, {Channels::left}) == mean);
    CHECK(audio::load_waveform(folder / name, {Channels::right}) == mean);
    CHECK(audio::load_waveform(folder / name, {Channels::loudest}) == mean);
  }
}

TEST_CASE("channels that cancel each other are reported", "[audio]") {
  const testing::TempFolder folder;
  const auto below = [&](const std::vector<double>& gains) {
    write_sound(folder / "a.wav", tone(20'000, 440, 16'000, gains), static_cast<int>(gains.size()), 16'000, kFloatWav);
    return report_of(folder / "a.wav");
  };
  CHECK(std::isinf(below({1, -1}).mean_below_loudest_db));
  CHECK(below({1, -1}).channels_cancel());
  CHECK(below({1, 0}).mean_below_loudest_db == Approx(20 * std::log10(2)).margin(1e-6));
  CHECK_FALSE(below({1, 0}).channels_cancel());
  CHECK(below({1, -0.79}).mean_below_loudest_db == Approx(-20 * std::log10(0.105)).margin(1e-4));  // 19.58 dB
  CHECK_FALSE(below({1, -0.79}).channels_cancel());
  CHECK(below({1, -0.81}).channels_cancel());
  CHECK(below({1, 1}).mean_below_loudest_db == 0);
  CHECK(below({0, 0}).mean_below_loudest_db == 0);  // silence is silence
  CHECK(below({1}).mean_below_loudest_db == 0);
  below({1, -1});
  CHECK(report_of(folder / "a.wav", Channels::left).mean_below_loudest_db == 0);  // nothing is lost
}

TEST_CASE("where the number of channels changes, a channel that is missing is the last there is", "[audio]") {
  const testing::TempFolder folder;
  constexpr int kVorbis = SF_FORMAT_OGG | SF_FORMAT_VORBIS;
  write_sound(folder / "a.ogg", tone(44'100, 440, 44'100), 1, 44'100, kVorbis);
  write_sound(folder / "b.ogg", tone(44'100, 880, 44'100, {0.2, 1}), 2, 44'100, kVorbis);
  testing::write_bytes(folder / "c.ogg", read_file(folder / "a.ogg") + read_file(folder / "b.ogg"));
  const auto levels = [&](Channels channels) {
    const auto samples = audio::load_waveform(folder / "c.ogg", {channels});
    CHECK(samples.size() == 32'000);
    return std::pair(testing::tone_level({samples.begin() + 2'000, samples.begin() + 14'000}, 440),
                     testing::tone_level({samples.begin() + 18'000, samples.begin() + 30'000}, 880));
  };
  const auto check = [&](Channels channels, double second) {
    const auto [a, b] = levels(channels);
    CHECK(a == Approx(0.5).margin(0.01));
    CHECK(b == Approx(second).margin(0.01));
  };
  check(Channels::mean, 0.3);
  check(Channels::left, 0.1);
  check(Channels::right, 0.5);
  check(Channels::loudest, 0.5);
}

TEST_CASE("the warning names the file, the level and what to do", "[audio]") {
  CHECK(audio::cancellation_warning("x.wav", {24.3}) ==
        "x.wav: its channels cancel each other: their mean is 24 dB below the loudest of them; take one of them "
        "(data.channels or --channels: left, right, loudest)");
  CHECK_THAT(audio::cancellation_warning("x.wav", {INFINITY}), Catch::Contains("their mean is silent"));
  audio::CancellationCount count;
  for (int i = 0; i < 5; ++i) count.add("x.wav", {24.3});
  count.add("y.wav", {6});
  CHECK(count.count() == 5);
}

TEST_CASE("the choice of channels is part of the recipe", "[audio]") {
  CHECK(audio::decode_recipe() == "mean-channels soxr-hq-16000 v3");
  CHECK(audio::decode_recipe({Channels::mean, 0, 32'000}) == "mean-channels soxr-hq-32000 v3");
  CHECK(audio::decode_recipe({Channels::loudest}) == "loudest-channel soxr-hq-16000 v3");
  for (const char* name : {"mean", "left", "right", "loudest"}) {
    CHECK(name_of(audio::channels_named(name)) == name);
  }
  CHECK_THROWS_AS(audio::channels_named("centre"), UsageError);
}
