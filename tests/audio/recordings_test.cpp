// SPDX-License-Identifier: Apache-2.0
#include "audio/waveform.h"
#include "frontend/recipe.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>

using namespace soundfold;
namespace fs = std::filesystem;

namespace {

/// Every `step`-th ESC-50 clip with this extension.
std::vector<fs::path> clips(const std::string& extension, std::size_t step) {
  std::vector<fs::path> all;
  for (const auto& entry : fs::directory_iterator(testing::assets_folder() / "esc50" / "audio")) {
    if (entry.path().extension() == extension) all.push_back(entry.path());
  }
  std::sort(all.begin(), all.end());
  std::vector<fs::path> some;
  for (std::size_t i = 0; i < all.size(); i += step) some.push_back(all[i]);
  return some;
}

}  // namespace

TEST_CASE("ESC-50's FLAC clips are 5 s long and make 10 patches", "[audio][assets]") {
  const std::vector<fs::path> paths = clips(".flac", 20);
  REQUIRE(paths.size() >= 20);
  for (const fs::path& path : paths) {
    CAPTURE(path.filename().string());
    const decoding::SoundInfo info = audio::probe(path);
    CHECK(info.sample_rate_hz == 44'100);
    CHECK(info.channels == 1);
    CHECK(info.frames == 220'500);
    const std::vector<float> samples = audio::load_waveform(path);
    CHECK(samples.size() == 80'000);
    CHECK(frontend::patch_count(static_cast<std::int64_t>(samples.size())) == 10);
    CHECK(std::all_of(samples.begin(), samples.end(), [](float x) { return std::abs(x) < 1.5f; }));
  }
}

TEST_CASE("ESC-10's Ogg clips give all the samples they hold", "[audio][assets]") {
  // 380 of the 400 hold 220,544 frames, a whole number of codec blocks, where the WAV has 220,500; the others hold
  // fewer or more (160,704 to 319,296).
  const std::vector<fs::path> paths = clips(".ogg", 20);
  REQUIRE(paths.size() >= 20);
  std::size_t usual = 0;
  for (const fs::path& path : paths) {
    CAPTURE(path.filename().string());
    const decoding::SoundInfo info = audio::probe(path);
    CHECK(info.sample_rate_hz == 44'100);
    const std::vector<float> samples = audio::load_waveform(path);
    const double expected = static_cast<double>(info.frames) * 16'000 / 44'100;
    CHECK(std::abs(static_cast<double>(samples.size()) - expected) <= 1);
    if (samples.size() == 80'016 && frontend::patch_count(80'016) == 10) ++usual;
  }
  CHECK(usual * 10 >= paths.size() * 9);
}

TEST_CASE("16 kHz recordings keep their samples", "[audio][assets]") {
  const fs::path folder = testing::assets_folder() / "audio";
  CHECK(audio::load_waveform(folder / "miaow_16k.wav").size() == 107'698);
  CHECK(audio::load_waveform(folder / "speech_whistling2.wav").size() == 78'720);
  for (const float sample : audio::load_waveform(folder / "miaow_16k.wav")) {
    const float scaled = sample * 32'768.0f;
    if (scaled != std::round(scaled)) FAIL("a 16-bit sample is not a multiple of 1/32768: " << sample);
  }
}
