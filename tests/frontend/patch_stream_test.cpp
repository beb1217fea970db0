// SPDX-License-Identifier: Apache-2.0
#include "frontend/patch_stream.h"

#include "frontend/signals.h"
#include "support/errors.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <random>

using namespace soundfold;
using namespace soundfold::frontend;
using soundfold::testing::sine;
using soundfold::testing::uniform_noise;

namespace {

struct Streamed {
  std::vector<float> patches;
  std::vector<float> levels;
  std::int64_t count = 0;
};

/// Feeds `waveform` in blocks whose sizes `next_block` gives.
template <typename NextBlock>
Streamed stream(const std::vector<float>& waveform, int hop, NextBlock next_block) {
  LogMel log_mel;
  Streamed result;
  PatchStream patches(
      log_mel,
      [&](const Patch& patch) {
        result.patches.insert(result.patches.end(), patch.log_mel, patch.log_mel + kPatchValues);
        result.levels.push_back(patch.level_dbfs);
      },
      hop);
  for (std::size_t position = 0; position < waveform.size();) {
    const std::size_t block = std::min<std::size_t>(next_block(), waveform.size() - position);
    patches.push(waveform.data() + position, block);
    position += block;
  }
  result.count = patches.finish();
  CHECK(patches.sample_count() == static_cast<std::int64_t>(waveform.size()));
  return result;
}

Streamed stream_whole(const std::vector<float>& waveform, int hop = kPatchHopFrames) {
  return stream(waveform, hop, [&] { return waveform.size(); });
}

std::vector<float> patches_of(const Spectrogram& whole) {
  std::vector<float> patches;
  for (std::int64_t p = 0; p < whole.patch_count; ++p) {
    patches.insert(patches.end(), whole.patch(p), whole.patch(p) + kPatchValues);
  }
  return patches;
}

}  // namespace

TEST_CASE("streamed patches equal the spectrogram's, bit for bit, at every hop and length", "[frontend]") {
  for (const int hop : {1, 13, 48, 95, 96, 97, 98, 130, 300, 1'000}) {
    for (const std::size_t samples :
         {1u, 399u, 15'599u, 15'600u, 15'601u, 16'000u, 31'200u, 47'599u, 47'600u, 70'001u}) {
      CAPTURE(hop, samples);
      const std::vector<float> noise = uniform_noise(samples, 17);
      const Spectrogram whole = spectrogram(noise, hop);
      const Streamed streamed = stream_whole(noise, hop);
      CHECK(streamed.count == whole.patch_count);
      CHECK(streamed.patches == patches_of(whole));
    }
  }
}

TEST_CASE("the sizes of the blocks do not matter", "[frontend]") {
  const std::vector<float> noise = uniform_noise(60'123, 23);
  std::mt19937 random(99);
  for (const int hop : {5, 48, 120}) {
    const Streamed whole = stream_whole(noise, hop);
    for (const int largest : {3, 200, 5'000, 40'000}) {
      std::uniform_int_distribution<std::size_t> size(0, static_cast<std::size_t>(largest));
      const Streamed pieces = stream(noise, hop, [&] { return size(random); });
      CAPTURE(hop, largest);
      CHECK(pieces.count == whole.count);
      CHECK(pieces.patches == whole.patches);
      CHECK(pieces.levels == whole.levels);
    }
  }
}

TEST_CASE("a patch is given as soon as its last sample is there", "[frontend]") {
  LogMel log_mel;
  int given = 0;
  PatchStream patches(log_mel, [&](const Patch&) { ++given; });
  const std::vector<float> noise = uniform_noise(15'600 + 7'680, 2);
  patches.push(noise.data(), 15'599);
  CHECK(given == 0);
  patches.push(noise.data() + 15'599, 1);
  CHECK(given == 1);
  patches.push(noise.data() + 15'600, 7'680);
  CHECK(given == 2);
  CHECK(patches.finish() == 2);
  CHECK(given == 2);
}

TEST_CASE("levels are in dBFS and ignore the padding", "[frontend]") {
  // A full-scale sine has a mean square of 1/2: -3.01 dBFS. 8,000 samples are half a patch; the rest is padding.
  CHECK(stream_whole(sine(8'000, 1'000)).levels.at(0) == Approx(-3.0103).margin(1e-3));
  CHECK(stream_whole(std::vector<float>(16'000, 0.1f)).levels == std::vector<float>{-20.0f, -20.0f});
  CHECK(stream_whole(std::vector<float>(16'000, 0.0f)).levels == std::vector<float>{-120.0f, -120.0f});
  CHECK(stream_whole(std::vector<float>(100, 1e-9f)).levels == std::vector<float>{-120.0f});
}

TEST_CASE("each level is that of the samples its patch sees", "[frontend]") {
  // Loud for 15,600 samples, then silent: patch 1 sees 7,920 loud samples of its 15,600.
  std::vector<float> samples(15'600 + 2 * 7'680, 0.0f);
  std::fill(samples.begin(), samples.begin() + 15'600, 0.5f);
  const Streamed result = stream_whole(samples);
  REQUIRE(result.levels.size() == 3);
  CHECK(result.levels[0] == Approx(10 * std::log10(0.25)).margin(1e-4));
  CHECK(result.levels[1] == Approx(10 * std::log10(0.25 * 7'920 / 15'600)).margin(1e-4));
  CHECK(result.levels[2] == Approx(10 * std::log10(0.25 * 240 / 15'600)).margin(1e-4));
}

TEST_CASE("no patch holds nothing but padding, however far apart patches are", "[frontend]") {
  for (const int hop : {97, 98, 100, 200, 999, 1'000}) {
    for (const std::size_t samples : {15'601u, 15'680u, 15'681u, 31'361u, 48'000u, 80'000u}) {
      CAPTURE(hop, samples);
      const Streamed result = stream_whole(uniform_noise(samples, 4), hop);
      REQUIRE(result.levels.size() == static_cast<std::size_t>(result.count));
      for (const float level : result.levels) CHECK(level > -60.0f);  // noise: -4.8 dBFS, of one small sample less
    }
  }
  // 5 s with patches 10 s apart: the sound has one, not one and one of zeros.
  CHECK(stream_whole(uniform_noise(80'000, 4), 1'000).count == 1);
}

TEST_CASE("a stream without samples gives the one patch of the formula", "[frontend]") {
  const Streamed result = stream_whole({});
  CHECK(result.count == 1);
  CHECK(result.levels == std::vector<float>{-120.0f});
  CHECK(result.patches == patches_of(spectrogram({})));
}

TEST_CASE("a stream is used once and with a possible hop", "[frontend]") {
  LogMel log_mel;
  const auto ignore = [](const Patch&) {};
  CHECK_THROWS_AS(PatchStream(log_mel, ignore, 0), UsageError);
  CHECK_THROWS_AS(PatchStream(log_mel, ignore, 1'001), UsageError);
  PatchStream patches(log_mel, ignore);
  CHECK(patches.finish() == 1);
  CHECK(patches.finish() == 1);
  const float sample = 0;
  CHECK_THROWS_AS(patches.push(&sample, 1), UsageError);
}
