// SPDX-License-Identifier: Apache-2.0
#include "frontend/recipe.h"

#include "support/errors.h"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace soundfold;
using namespace soundfold::frontend;

TEST_CASE("padding, frames and patches follow the recipe's table", "[frontend]") {
  struct Row {
    std::int64_t samples, padding, frames, patches;
  };
  // Recipe, section 3.
  const Row rows[] = {{1, 15'599, 96, 1},      {15'600, 0, 96, 1},         {15'601, 7'679, 144, 2},
                      {16'000, 7'280, 144, 2}, {48'000, 6'000, 336, 6},    {80'000, 4'720, 528, 10},
                      {107'698, 62, 672, 13},  {160'000, 1'520, 1'008, 20}};
  for (const Row& row : rows) {
    CAPTURE(row.samples);
    CHECK(padded_length(row.samples) - row.samples == row.padding);
    CHECK(frame_count(padded_length(row.samples)) == row.frames);
    CHECK(patch_count(row.samples) == row.patches);
  }
}

TEST_CASE("no samples at all make one patch", "[frontend]") {
  CHECK(patch_count(0) == 1);
  CHECK(padded_length(0) == 15'600);
}

TEST_CASE("hours of sound are counted in whole numbers", "[frontend]") {
  // One sample beyond a whole number of hops. TensorFlow's float32 arithmetic loses it from 4,096 hops on.
  const std::int64_t samples = 15'600 + 7'680LL * 20'000'001 + 1;
  CHECK(patch_count(samples) == 20'000'003);
  CHECK(padded_length(samples) - samples == 7'679);
}

TEST_CASE("hops up to 97 leave whole patches and less padding than a hop", "[frontend]") {
  for (const int hop : {1, 7, 48, 95, 96, 97}) {
    for (std::int64_t samples = 15'600; samples < 100'000; samples += 997) {
      CAPTURE(hop, samples);
      const std::int64_t padded = padded_length(samples, hop);
      CHECK(padded >= samples);
      CHECK(padded - samples < 160LL * hop);
      CHECK(frame_count(padded) == 96 + hop * (patch_count(samples, hop) - 1));
      // YAMNet's rule: 1 + ceil((n - 15600) / h).
      CHECK(patch_count(samples, hop) == 1 + (samples - 15'600 + 160 * hop - 1) / (160 * hop));
    }
  }
}

TEST_CASE("every patch starts inside the waveform, and the last starts less than a hop before its end", "[frontend]") {
  for (const int hop : {1, 48, 97, 98, 200, 999, kMaxPatchHopFrames}) {
    for (const std::int64_t samples : {1, 160, 15'599, 15'600, 15'601, 15'680, 15'681, 31'360, 48'000, 80'000}) {
      CAPTURE(hop, samples);
      const std::int64_t last_start = 160LL * hop * (patch_count(samples, hop) - 1);
      CHECK(last_start < samples);
      // What is left after the last patch is shorter than a hop, or than the patch itself.
      CHECK(last_start + std::max(160 * hop, 15'600) >= samples);
      CHECK(padded_length(samples, hop) >= std::max<std::int64_t>(samples, last_start + 15'600));
    }
  }
  // 20 s apart, a clip of 5 s has one patch; 1 s apart, one of 0.98 s has one and one of 1.01 s two.
  CHECK(patch_count(80'000, 1'000) == 1);
  CHECK(patch_count(15'680, 100) == 1);
  CHECK(patch_count(16'000, 100) == 1);
  CHECK(patch_count(16'001, 100) == 2);
}

TEST_CASE("frames need a whole window", "[frontend]") {
  CHECK(frame_count(0) == 0);
  CHECK(frame_count(399) == 0);
  CHECK(frame_count(400) == 1);
  CHECK(frame_count(559) == 1);
  CHECK(frame_count(560) == 2);
}

TEST_CASE("impossible hops and lengths are refused", "[frontend]") {
  CHECK_THROWS_AS(patch_count(16'000, 0), UsageError);
  CHECK_NOTHROW(patch_count(16'000, 1'000));
  CHECK_THROWS_WITH(patch_count(16'000, 1'001), Catch::Contains("patch_hop_frames: 1001 given, 1 to 1000"));
  CHECK_THROWS_AS(padded_length(16'000, -3), UsageError);
  CHECK_THROWS_AS(patch_count(-1), UsageError);
}
