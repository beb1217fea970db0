// SPDX-License-Identifier: Apache-2.0
#include "frontend/recipe.h"

#include "support/errors.h"

#include <catch2/catch.hpp>

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

TEST_CASE("every hop leaves whole patches and less padding than a hop", "[frontend]") {
  for (const int hop : {1, 7, 48, 95, 96, 97, 98, 200}) {
    for (std::int64_t samples = 15'600; samples < 100'000; samples += 997) {
      CAPTURE(hop, samples);
      const std::int64_t padded = padded_length(samples, hop);
      CHECK(padded >= samples);
      CHECK(padded - samples < 160LL * hop);
      CHECK(frame_count(padded) == 96 + hop * (patch_count(samples, hop) - 1));
    }
  }
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
  CHECK_THROWS_AS(padded_length(16'000, -3), UsageError);
  CHECK_THROWS_AS(patch_count(-1), UsageError);
}
