// SPDX-License-Identifier: Apache-2.0
#include "efficientat/golden.h"
#include "frontend/level.h"
#include "frontend/log_mel.h"
#include "frontend/mel_filters.h"
#include "frontend/patch_stream.h"
#include "support/errors.h"

#include <catch2/catch.hpp>

using namespace soundfold;
using namespace soundfold::testing;

namespace {

struct EfficientatPatch {
  std::vector<float> values;
  std::int64_t frames = 0;
  float level_dbfs = 0;
};

std::vector<EfficientatPatch> efficientat_patches(const std::vector<float>& waveform, std::size_t block,
                                                  const frontend::InputRecipe& recipe = network::efficientat_input()) {
  frontend::LogMel log_mel(recipe);
  std::vector<EfficientatPatch> patches;
  frontend::PatchStream stream(
      log_mel,
      [&](const frontend::Patch& patch) {
        patches.push_back({{patch.log_mel, patch.log_mel + patch.frames * 128}, patch.frames, patch.level_dbfs});
      },
      recipe.patch_hop_frames);
  for (std::size_t done = 0; done < waveform.size(); done += block) {
    stream.push(waveform.data() + done, std::min(block, waveform.size() - done));
  }
  CHECK(stream.finish() ==
        frontend::patch_count(static_cast<std::int64_t>(waveform.size()), recipe.patch_hop_frames, recipe));
  return patches;
}

}  // namespace

TEST_CASE("EfficientAT's log-mel values are those of float64", "[efficientat]") {
  const auto waveform = efficientat_signal(7'000);
  const auto patches = efficientat_patches(waveform, 100'000);
  REQUIRE(patches.size() == 1);
  CHECK(patches[0].frames == 22);
  CHECK(largest_difference_of(patches[0].values, efficientat_golden().at("log_mel").get<std::vector<double>>()) < 1e-4);
  CHECK(patches[0].level_dbfs == Approx(frontend::level_dbfs(waveform.data(), waveform.size())).margin(1e-4));
  for (const std::size_t block : {std::size_t{1}, std::size_t{333}, std::size_t{4'096}}) {
    CHECK(efficientat_patches(waveform, block)[0].values == patches[0].values);
  }
}

TEST_CASE("EfficientAT's clips of 10 s are one patch of 1000 frames", "[efficientat]") {
  const auto recipe = network::efficientat_input();
  CHECK_NOTHROW(frontend::check_recipe(recipe));
  CHECK(frontend::frame_count(320'000, recipe) == 1'000);
  CHECK(frontend::frame_count(160'000, recipe) == 500);
  CHECK(frontend::patch_count(320'000, 1'000, recipe) == 1);
  CHECK(frontend::patch_count(320'001, 1'000, recipe) == 2);  // the second lies at the end
  CHECK(frontend::patch_count(0, 1'000, recipe) == 1);
  CHECK(frontend::padded_length(0, 1'000, recipe) == 15 * 320 + 1);
  const auto none = efficientat_patches({}, 1);
  REQUIRE(none.size() == 1);
  CHECK(none[0].frames == 16);
  for (const float value : none[0].values) CHECK(value == Approx(std::log(1e-5)));
  const auto one = efficientat_patches({0.5F}, 1);
  REQUIRE(one.size() == 1);
  CHECK(one[0].frames == 16);
}

TEST_CASE("the last of several of EfficientAT's patches lies at the waveform's end", "[efficientat]") {
  auto recipe = network::efficientat_input();
  recipe.patch_frames = 40;
  recipe.patch_hop_frames = 30;
  const auto waveform = efficientat_signal(32'000);
  const auto whole = efficientat_patches(waveform, 32'000);
  REQUIRE(whole.size() == 1);
  const auto patches = efficientat_patches(waveform, 777, recipe);
  REQUIRE(patches.size() == 3);  // of 100 frames: 0 to 40, 30 to 70, 60 to 100
  const std::int64_t starts[] = {0, 30, 60};
  for (std::size_t p = 0; p < 3; ++p) {
    const float* from = whole[0].values.data() + starts[p] * 128;
    CHECK(patches[p].values == std::vector<float>(from, from + 40 * 128));
    const auto* samples = waveform.data() + starts[p] * 320;
    CHECK(patches[p].level_dbfs == Approx(frontend::level_dbfs(samples, 40 * 320)).margin(1e-3));
  }
}

TEST_CASE("a symmetric window begins and ends with 0", "[efficientat]") {
  const auto window = frontend::hann_window_float64(network::efficientat_input());
  REQUIRE(window.size() == 800);
  CHECK(window.front() == 0);
  CHECK(window.back() == Approx(0).margin(1e-15));
  for (std::size_t i = 0; i < 400; ++i) CHECK(window[i] == Approx(window[799 - i]).margin(1e-12));
}

TEST_CASE("preemphasis and a symmetric window are of centered frames alone", "[efficientat]") {
  using Change = void (*)(frontend::InputRecipe&);
  const std::pair<const char*, Change> wrong[] = {
      {"preemphasis", [](frontend::InputRecipe& r) { r.preemphasis = 1; }},
      {"preemphasis", [](frontend::InputRecipe& r) { r.preemphasis = -0.5; }},
      {"preemphasis", [](frontend::InputRecipe& r) { r = {}, r.preemphasis = 0.97; }},
      {"symmetric_window", [](frontend::InputRecipe& r) { r = {}, r.symmetric_window = true; }},
      {"odd number", [](frontend::InputRecipe& r) { r.window_samples = 801; }}};
  for (const auto& [text, change] : wrong) {
    auto recipe = network::efficientat_input();
    change(recipe);
    CHECK_THROWS_WITH(frontend::check_recipe(recipe), Catch::Contains(text));
  }
  auto other = network::efficientat_input();
  other.preemphasis = 0.95;
  CHECK(frontend::front_end_text(other) != frontend::front_end_text(network::efficientat_input()));
  other = network::efficientat_input();
  other.symmetric_window = false;
  CHECK(frontend::front_end_text(other) != frontend::front_end_text(network::efficientat_input()));
}
