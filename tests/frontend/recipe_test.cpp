// SPDX-License-Identifier: Apache-2.0
#include "frontend/recipe.h"

#include "support/errors.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

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

namespace {

/// 32 kHz and 128 bands, as other networks have.
InputRecipe other_recipe() {
  InputRecipe recipe;
  recipe.sample_rate_hz = 32'000;
  recipe.window_samples = 1'024;
  recipe.hop_samples = 320;
  recipe.fft_length = 1'024;
  recipe.mel_bands = 128;
  recipe.mel_low_hz = 0;
  recipe.mel_high_hz = 15'000;
  recipe.log_offset = 1e-5;
  recipe.patch_frames = 100;
  return recipe;
}

}  // namespace

TEST_CASE("a recipe counts frames and patches by its own numbers", "[frontend]") {
  const auto recipe = other_recipe();
  CHECK(recipe.patch_window_samples() == 1'024 + 99 * 320);  // 32,704
  CHECK(recipe.patch_values() == 12'800);
  CHECK(recipe.patch_hop_samples(50) == 16'000);
  CHECK(patch_count(32'704, 50, recipe) == 1);
  CHECK(patch_count(32'705, 50, recipe) == 2);
  CHECK(padded_length(32'705, 50, recipe) == 48'704);
  CHECK(frame_count(48'704, recipe) == 150);
}

TEST_CASE("a recipe of which no front end can be made is refused, and the number named", "[frontend]") {
  CHECK_NOTHROW(check_recipe(InputRecipe{}));
  CHECK_NOTHROW(check_recipe(other_recipe()));
  using Change = void (*)(InputRecipe&);
  const std::pair<const char*, Change> changes[] = {
      {"sample_rate_hz", [](InputRecipe& r) { r.sample_rate_hz = 0; }},
      {"window_samples", [](InputRecipe& r) { r.window_samples = r.fft_length + 1; }},
      {"hop_samples", [](InputRecipe& r) { r.hop_samples = -1; }},
      {"fft_length", [](InputRecipe& r) { r.fft_length = 1'000'000; }},
      {"fft_length", [](InputRecipe& r) { r.fft_length = 1'025; }},
      {"mel_bands", [](InputRecipe& r) { r.mel_bands = 0; }},
      {"mel_bands", [](InputRecipe& r) { r.mel_bands = 100'000; }},
      {"patch_frames", [](InputRecipe& r) { r.patch_frames = 1'000'000; }},
      {"patch_hop_frames", [](InputRecipe& r) { r.patch_hop_frames = 0; }},
      {"mel_high_hz", [](InputRecipe& r) { r.mel_high_hz = 16'001; }},
      {"mel_high_hz", [](InputRecipe& r) { r.mel_low_hz = std::nan(""); }},
      {"log_offset", [](InputRecipe& r) { r.log_offset = 0; }}};
  for (const auto& [name, change] : changes) {
    auto recipe = other_recipe();
    change(recipe);
    INFO(name);
    CHECK_THROWS_WITH(check_recipe(recipe), Catch::Contains(name));
    CHECK_THROWS_AS(check_recipe(recipe), UsageError);
  }
}

TEST_CASE("a front end's text tells recipes apart, but for the patch hop", "[frontend]") {
  InputRecipe yamnet;
  yamnet.patch_hop_frames = 24;
  CHECK(is_yamnet_front_end(yamnet));
  CHECK(front_end_text(yamnet) == front_end_text(InputRecipe{}));
  CHECK_FALSE(is_yamnet_front_end(other_recipe()));
  CHECK(front_end_text(other_recipe()) ==
        "32000 Hz, window 1024, hop 320, FFT 1024, 128 bands from 0 to 15000 Hz, ln(x + 1.0000000000000001e-05), 100 "
        "frames");
}
