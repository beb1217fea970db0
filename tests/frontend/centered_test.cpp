// SPDX-License-Identifier: Apache-2.0
#include "frontend/level.h"
#include "frontend/log_mel.h"
#include "frontend/mel_filters.h"
#include "frontend/patch_stream.h"
#include "frontend/signals.h"
#include "network/description.h"
#include "support/errors.h"
#include "testing/ced_signals.h"
#include "testing/testing.h"
#include "text/npy.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>

using namespace soundfold;
using namespace soundfold::frontend;

namespace {

struct CutPatch {
  std::vector<float> values;
  std::int64_t frames = 0;
  float level_dbfs = 0;
  std::int64_t rows_before = 0;
  std::vector<float> row_levels_dbfs;
};

std::vector<CutPatch> cut_centered(const std::vector<float>& waveform, const InputRecipe& recipe, int hop,
                                   std::size_t block = 1'000'000) {
  LogMel log_mel(recipe);
  std::vector<CutPatch> patches;
  PatchStream stream(
      log_mel,
      [&](const Patch& patch) {
        patches.push_back({{patch.log_mel, patch.log_mel + patch.frames * recipe.mel_bands},
                           patch.frames,
                           patch.level_dbfs,
                           patch.rows_before,
                           {}});
        for (std::int64_t row = 0; row < recipe.rows_of_patch(patch.frames); ++row) {
          patches.back().row_levels_dbfs.push_back(patch.level_of_row(row));
        }
      },
      hop);
  for (std::size_t done = 0; done < waveform.size(); done += block) {
    stream.push(waveform.data() + done, std::min(block, waveform.size() - done));
  }
  const auto given = stream.finish();
  CHECK(given == static_cast<std::int64_t>(patches.size()));
  CHECK(stream.sample_count() == static_cast<std::int64_t>(waveform.size()));
  const auto expected = patch_count(static_cast<std::int64_t>(waveform.size()), hop, recipe);
  CHECK(static_cast<std::int64_t>(patches.size()) == expected);
  return patches;
}

/// A patch that holds the whole waveform, so that top_db counts from the largest value of all, as published.
std::vector<float> whole_log_mel(const std::vector<float>& waveform) {
  auto recipe = network::ced_input();
  recipe.patch_frames = 10'000;
  const auto patches = cut_centered(waveform, recipe, 1'000);
  REQUIRE(patches.size() == 1);
  return patches[0].values;
}

InputRecipe small_patches() {
  auto recipe = network::ced_input();
  recipe.patch_frames = 40;
  return recipe;
}

}  // namespace

TEST_CASE("CED's mel matrix has the published check values", "[frontend]") {
  const auto matrix = mel_matrix(network::ced_input());
  REQUIRE(matrix.size() == 257 * 64);
  const auto at = [&](std::size_t bin, std::size_t band) { return matrix[bin * 64 + band]; };
  CHECK(std::count_if(matrix.begin(), matrix.end(), [](float x) { return x != 0; }) == 500);
  CHECK(std::accumulate(matrix.begin(), matrix.end(), 0.0) == Approx(250.195150).margin(1e-5));
  CHECK(at(1, 0) == Approx(0.875592).margin(1e-6));
  CHECK(at(1, 1) == Approx(0.124408).margin(1e-6));
  CHECK(at(2, 2) == Approx(0.202773).margin(1e-6));
  CHECK(at(100, 42) == Approx(0.199396).margin(1e-6));
  CHECK(at(100, 43) == Approx(0.800604).margin(1e-6));
  CHECK(at(255, 63) == Approx(0.094457).margin(1e-6));
  const auto bin_sum = [&](std::size_t bin) {
    return std::accumulate(matrix.begin() + static_cast<std::ptrdiff_t>(bin * 64),
                           matrix.begin() + static_cast<std::ptrdiff_t>(bin * 64 + 64), 0.0);
  };
  CHECK(bin_sum(0) == 0);
  CHECK(bin_sum(256) == 0);
}

TEST_CASE("CED's log-mel equals the references", "[frontend][assets]") {
  for (const auto& name : testing::ced_signal_names()) {
    INFO(name);
    const auto expected = read_npy(testing::assets_folder() / "reference_ced" / (name + ".log_mel.npy"));
    const auto found = whole_log_mel(testing::ced_signal(name));
    const auto frames = expected.shape.at(1);
    REQUIRE(found.size() == static_cast<std::size_t>(64 * frames));
    double worst = 0;
    for (std::int64_t t = 0; t < frames; ++t) {
      for (std::int64_t band = 0; band < 64; ++band) {
        const double difference = double{found[static_cast<std::size_t>(t * 64 + band)]} -
                                  double{expected.values[static_cast<std::size_t>(band * frames + t)]};
        worst = std::max(worst, std::abs(difference));
      }
    }
    CHECK(worst <= 1e-4);
  }
}

TEST_CASE("centered frames mirror the waveform at its ends", "[frontend]") {
  // A frame of a waveform that is mirrored by hand.
  const auto noise = testing::uniform_noise(4'000, 3);
  std::vector<float> first(512), last(512);
  for (int i = 0; i < 512; ++i) first[static_cast<std::size_t>(i)] = noise[static_cast<std::size_t>(std::abs(i - 256))];
  for (int i = 0; i < 512; ++i) {
    const int at = 4'000 - 256 + i;
    last[static_cast<std::size_t>(i)] = noise[static_cast<std::size_t>(at < 4'000 ? at : 2 * 3'999 - at)];
  }
  const auto recipe = network::ced_input();
  LogMel log_mel(recipe);
  std::vector<float> row(64);
  const auto patches = cut_centered(noise, recipe, 1'000);
  REQUIRE(patches.size() == 1);
  REQUIRE(patches[0].frames == 26);
  log_mel.frame(first.data(), row.data());
  CHECK(std::equal(row.begin(), row.end(), patches[0].values.begin()));
  log_mel.frame(last.data(), row.data());
  CHECK(std::equal(row.begin(), row.end(), patches[0].values.end() - 64));
}

TEST_CASE("short waveforms are patches of their own length, of 16 frames at least", "[frontend]") {
  const auto recipe = network::ced_input();
  const std::pair<std::size_t, std::int64_t> rows[] = {{0, 16},     {1, 16},       {256, 16},     {2'399, 16},
                                                       {2'400, 16}, {15'999, 100}, {16'000, 101}, {80'000, 501}};
  for (const auto& [samples, frames] : rows) {
    INFO(samples);
    const auto patches = cut_centered(std::vector<float>(samples, 0.25F), recipe, 1'000);
    REQUIRE(patches.size() == 1);
    CHECK(patches[0].frames == frames);
    CHECK(patches[0].level_dbfs == Approx(samples == 0 ? kLowestDbfs : 20 * std::log10(0.25)));
  }
  const auto silence = cut_centered({}, recipe, 1'000);
  for (const float value : silence[0].values) CHECK(value == -100);
}

TEST_CASE("the last patch of a long waveform lies at its end", "[frontend]") {
  const auto recipe = small_patches();
  // 100 frames: patches of 40 from 0, 30 and, where another 60 would begin whole, no other.
  const auto noise = testing::uniform_noise(99 * 160 + 7, 5);
  const auto all = whole_log_mel(noise);
  const auto starts_at = [&](const CutPatch& patch, std::int64_t frame) {
    return patch.frames == 40 && std::equal(patch.values.begin(), patch.values.end(), all.begin() + frame * 64);
  };
  const auto every_30 = cut_centered(noise, recipe, 30);
  REQUIRE(every_30.size() == 3);
  CHECK(starts_at(every_30[0], 0));
  CHECK(starts_at(every_30[1], 30));
  CHECK(starts_at(every_30[2], 60));
  const auto every_35 = cut_centered(noise, recipe, 35);
  REQUIRE(every_35.size() == 3);
  CHECK(starts_at(every_35[1], 35));
  CHECK(starts_at(every_35[2], 60));  // not 70
  CHECK(every_35[2].level_dbfs == Approx(level_dbfs(noise.data() + 60 * 160, noise.size() - 60 * 160)).margin(1e-4));
  const auto every_40 = cut_centered(noise, recipe, 40);
  REQUIRE(every_40.size() == 3);
  CHECK(starts_at(every_40[2], 60));  // not 80
  // With gaps between patches only whole ones.
  const auto every_50 = cut_centered(noise, recipe, 50);
  REQUIRE(every_50.size() == 2);
  CHECK(starts_at(every_50[1], 50));
  CHECK(cut_centered(noise, recipe, 61).size() == 1);
  CHECK(cut_centered(std::vector<float>(39 * 160), recipe, 40).size() == 1);
  CHECK(cut_centered(std::vector<float>(40 * 160), recipe, 40).size() == 2);
}

TEST_CASE("where a patch starts", "[frontend]") {
  const auto recipe = network::ced_input();
  CHECK(patch_start(0, 48'000, 1'000, recipe) == 0);
  CHECK(patch_start(1, 400'000, 1'000, recipe) == 160'000);
  CHECK(patch_start(2, 400'000, 1'000, recipe) == 238'240);  // 2501 - 1012 frames of 160 samples
  CHECK(patch_start(3, 99 * 160 + 7, 30, small_patches()) == 60 * 160);
  CHECK(patch_start(1, 99 * 160 + 7, 50, small_patches()) == 50 * 160);
  CHECK(patch_start(2, 20'000, 48) == 15'360);  // YAMNet's, with zeros behind the waveform
}

TEST_CASE("patches of decibels that are neither centered nor short are cut as YAMNet's", "[frontend]") {
  auto recipe = small_patches();
  recipe.centered = false;
  recipe.min_patch_frames = 0;
  check_recipe(recipe);
  auto waveform = testing::sine(20 * 160, 1'000);
  waveform.resize(100 * 160 - 33, 0.0F);
  const auto patches = cut_centered(waveform, recipe, 30);
  REQUIRE(patches.size() == 3);  // a patch sees 512 + 39 * 160 samples: 1 + ceil((15967 - 6752) / 4800)
  LogMel log_mel(recipe);
  waveform.resize(100'000, 0.0F);
  for (std::size_t p = 0; p < patches.size(); ++p) {
    CHECK(patches[p].frames == 40);
    std::vector<float> rows(40 * 64);
    log_mel.frames(waveform.data() + p * 4'800, 512 + 39 * 160, rows.data());
    const float least = *std::max_element(rows.begin(), rows.end()) - 120;
    for (auto& value : rows) value = std::max(value, least);
    CHECK(patches[p].values == rows);
  }
  CHECK(*std::min_element(patches[0].values.begin(), patches[0].values.end()) > -100);
  CHECK_THROWS_AS(spectrogram(waveform, 30, recipe), UsageError);
}

TEST_CASE("rows of frames lie one behind the other, whatever the patches", "[frontend]") {
  auto recipe = network::ced_input();
  recipe.patch_frames = 64;
  recipe.patch_hop_frames = 32;
  recipe.row_frames = 16;
  recipe.top_db = 0;
  check_recipe(recipe);
  CHECK_THAT(front_end_text(recipe), Catch::EndsWith(", rows of 16 frames"));
  const auto noise = testing::uniform_noise(150 * 160 + 3, 7);  // 151 frames: 9 rows, and 7 frames in none
  const auto all = whole_log_mel(noise);
  for (const int hop : {16, 32, 48, 64}) {
    INFO(hop);
    const auto patches = cut_centered(noise, recipe, hop);
    std::int64_t rows = 0;
    for (std::size_t p = 0; p < patches.size(); ++p) {
      const auto start = patch_start(static_cast<std::int64_t>(p), 150 * 160 + 3, hop, recipe) / 160;
      CHECK(patches[p].frames == 64);
      CHECK(std::equal(patches[p].values.begin(), patches[p].values.end(), all.begin() + start * 64));
      CHECK(start / 16 + patches[p].rows_before == rows);
      for (auto row = patches[p].rows_before; row < 4; ++row, ++rows) {
        CHECK(patches[p].row_levels_dbfs[static_cast<std::size_t>(row)] ==
              Approx(level_dbfs(noise.data() + rows * 2'560, 2'560)).margin(1e-4));
        CHECK(row_start(rows, 150 * 160 + 3, hop, recipe) == rows * 2'560);
      }
    }
    CHECK(rows == 9);
    CHECK(row_count(150 * 160 + 3, hop, recipe) == 9);
    for (const std::size_t block : {std::size_t{160}, std::size_t{4'001}}) {
      const auto streamed = cut_centered(noise, recipe, hop, block);
      REQUIRE(streamed.size() == patches.size());
      for (std::size_t p = 0; p < patches.size(); ++p) {
        CHECK(streamed[p].values == patches[p].values);
        CHECK(streamed[p].rows_before == patches[p].rows_before);
        CHECK(streamed[p].row_levels_dbfs == patches[p].row_levels_dbfs);
      }
    }
  }
  CHECK(cut_centered(noise, recipe, 64).size() == 3);  // from 0, 64, and 80, of which two rows are new
  CHECK(row_count(0, 32, recipe) == 1);
  CHECK(row_count(2'400, 32, recipe) == 1);
  CHECK(row_count(31 * 160, 32, recipe) == 2);
  CHECK(cut_centered(std::vector<float>(31 * 160), recipe, 32)[0].row_levels_dbfs.size() == 2);
  for (const int hop : {15, 80}) CHECK_THROWS_WITH(patch_count(9, hop, recipe), Catch::Contains("rows of 16 frames"));
  recipe.min_patch_frames = 15;
  CHECK_THROWS_WITH(check_recipe(recipe), Catch::Contains("row_frames"));
}

TEST_CASE("rows that earlier patches gave are left out", "[frontend]") {
  std::vector<float> values = {1, 2, 3, 4, 5, 6, 11, 12, 13, 14, 15, 16};  // two patches of three rows of two values
  keep_fresh_rows(values, {0, 2}, 3);
  CHECK(values == std::vector<float>{1, 2, 3, 4, 5, 6, 15, 16});
}

TEST_CASE("blocks of any size give the same centered patches", "[frontend]") {
  const auto recipe = small_patches();
  const auto noise = testing::uniform_noise(30'011, 6);
  for (const int hop : {1, 16, 40, 57}) {
    const auto whole = cut_centered(noise, recipe, hop);
    for (const std::size_t block : {std::size_t{7}, std::size_t{160}, std::size_t{4'001}}) {
      const auto streamed = cut_centered(noise, recipe, hop, block);
      INFO(hop << " " << block);
      REQUIRE(streamed.size() == whole.size());
      const auto same = [](const CutPatch& a, const CutPatch& b) {
        return a.values == b.values && a.level_dbfs == b.level_dbfs;
      };
      CHECK(std::equal(whole.begin(), whole.end(), streamed.begin(), same));
    }
  }
}

TEST_CASE("top_db counts from the largest value of each patch", "[frontend]") {
  auto recipe = small_patches();
  // Half a patch of silence beside a tone, then silence alone.
  auto waveform = testing::sine(20 * 160, 1'000);
  waveform.resize(120 * 160, 0.0F);
  const auto patches = cut_centered(waveform, recipe, 40);
  const auto largest = [](const CutPatch& patch) {
    return *std::max_element(patch.values.begin(), patch.values.end());
  };
  const auto least = [](const CutPatch& patch) { return *std::min_element(patch.values.begin(), patch.values.end()); };
  CHECK(largest(patches[0]) > 30);
  CHECK(least(patches[0]) == Approx(largest(patches[0]) - 120));
  CHECK(least(patches[1]) == -100);
  recipe.top_db = 0;
  CHECK(least(cut_centered(waveform, recipe, 40)[0]) == -100);
}

TEST_CASE("recipes of centered frames are checked and told apart", "[frontend]") {
  CHECK_NOTHROW(check_recipe(network::ced_input()));
  CHECK(front_end_text(network::ced_input()) ==
        "16000 Hz, window 512, hop 160, FFT 512, 64 bands from 0 to 8000 Hz, decibels above 1e-10, 1012 frames, power, "
        "triangles in Hz, top 120 dB, centered, at least 16 frames");
  using Change = void (*)(InputRecipe&);
  const std::pair<const char*, Change> wrong[] = {
      {"window", [](InputRecipe& r) { r.window_samples = 401; }},
      {"hop", [](InputRecipe& r) { r.hop_samples = 256; }},
      {"min_patch_frames", [](InputRecipe& r) { r.min_patch_frames = 2; }},
      {"min_patch_frames", [](InputRecipe& r) { r.min_patch_frames = 1'013; }},
      {"min_patch_frames", [](InputRecipe& r) { r.min_patch_frames = 0; }},
      {"centered", [](InputRecipe& r) { r.centered = false; }},
      {"top_db", [](InputRecipe& r) { r.top_db = -1; }},
      {"top_db", [](InputRecipe& r) { r.decibels = false; }},
      {"top_db", [](InputRecipe& r) { r.top_db = std::nan(""); }}};
  for (const auto& [name, change] : wrong) {
    auto recipe = network::ced_input();
    change(recipe);
    INFO(name);
    CHECK_THROWS_WITH(check_recipe(recipe), Catch::Contains(name));
  }
  const Change other[] = {[](InputRecipe& r) {
                            r.patch_frames = r.patch_hop_frames = 992;
                            r.row_frames = 16;
                          },
                          [](InputRecipe& r) { r.power = false; },
                          [](InputRecipe& r) { r.triangles_in_hz = false; },
                          [](InputRecipe& r) { r.top_db = 80; },
                          [](InputRecipe& r) { r.min_patch_frames = 32; },
                          [](InputRecipe& r) { r.decibels = false; }};
  for (const Change change : other) {
    auto recipe = network::ced_input();
    change(recipe);
    CHECK(front_end_text(recipe) != front_end_text(network::ced_input()));
    CHECK_FALSE(recipe == network::ced_input());
  }
  CHECK_THROWS_AS(spectrogram(std::vector<float>(16'000), 48, network::ced_input()), UsageError);
}
