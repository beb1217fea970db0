// SPDX-License-Identifier: Apache-2.0
#include "augmentation/masks.h"

#include "augmentation/variant.h"
#include "frontend/log_mel.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <set>

using namespace soundfold;
using augmentation::Mask;
using augmentation::Variant;
using augmentation::VariantOptions;

namespace {

frontend::InputRecipe small_input() {
  frontend::InputRecipe input;
  input.mel_bands = 3;
  return input;
}

}  // namespace

TEST_CASE("a mask fills whole bands and whole frames with silence, and nothing else", "[augmentation]") {
  const auto silence = static_cast<float>(std::log(0.001));
  std::vector<float> patch = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  augmentation::fill_mask(patch.data(), 4, small_input(), Mask{1, 1, 2, 1});
  CHECK(patch == std::vector<float>{1, silence, 3, 4, silence, 6, silence, silence, silence, 10, silence, 12});
  augmentation::fill_mask(patch.data(), 4, small_input(), Mask{3, 0, 4, 0});
  CHECK(patch[0] == 1);
}

TEST_CASE("a mask's value is what the front end makes of digital silence", "[augmentation]") {
  frontend::InputRecipe input;
  SECTION("logarithm") {}
  SECTION("decibels") {
    input.decibels = true;
    input.log_offset = 1e-10;
  }
  const auto spectrogram = frontend::spectrogram(std::vector<float>(16000, 0.0F), 48, input);
  CHECK(augmentation::silent_value(spectrogram.patch(0), input.patch_frames, input) ==
        Approx(spectrogram.patch(0)[0]).epsilon(1e-6));
}

TEST_CASE("with top_db silence is what is that much below the patch's loudest value", "[augmentation]") {
  auto input = small_input();
  input.decibels = true;
  input.log_offset = 1e-10;
  input.top_db = 80;
  const std::vector<float> loud = {-20, -50, -90}, soft = {-60, -70, -100};
  CHECK(augmentation::silent_value(loud.data(), 1, input) == Approx(-100));
  CHECK(augmentation::silent_value(soft.data(), 1, input) == Approx(-100));  // the least there is
  input.top_db = 30;
  CHECK(augmentation::silent_value(loud.data(), 1, input) == Approx(-50));
}

TEST_CASE("masks are drawn up to their limits, for each patch by the seed", "[augmentation]") {
  VariantOptions options;
  options.mask_bands = 8;
  options.mask_frames = 20;
  const Variant variant(options, 1, nullptr);
  const auto masked = [&](std::int64_t number, const std::string& digest) {
    std::vector<float> patch(96 * 64, 1.0F);
    variant.mask_patch(patch.data(), 96, number, digest);
    return patch;
  };
  CHECK(masked(3, "a") == masked(3, "a"));
  CHECK(masked(3, "a") != masked(4, "a"));
  CHECK(masked(3, "a") != masked(3, "b"));
  std::set<std::int64_t> bands, frames;
  for (int number = 0; number < 400; ++number) {
    const auto patch = masked(number, "a");
    std::int64_t whole = 0, widest = 0;
    for (int frame = 0; frame < 96; ++frame) {
      const auto row = patch.begin() + std::ptrdiff_t{64} * frame;
      const auto silent = std::count_if(row, row + 64, [](float value) { return value < 0; });
      if (silent == 64)
        ++whole;
      else
        widest = std::max<std::int64_t>(widest, silent);
    }
    bands.insert(widest);
    frames.insert(whole);
  }
  CHECK(bands == std::set<std::int64_t>{0, 1, 2, 3, 4, 5, 6, 7, 8});
  CHECK(*frames.begin() == 0);
  CHECK(*frames.rbegin() == 20);
  CHECK(frames.size() == 21);

  options = {};
  CHECK_FALSE(Variant(options, 1, nullptr).masks_patches());
  options.mask_frames = 10'000;  // more than there are
  std::vector<float> short_patch(2 * 64, 1.0F);
  Variant(options, 1, nullptr).mask_patch(short_patch.data(), 2, 0, "a");
  CHECK(std::count_if(short_patch.begin(), short_patch.end(), [](float value) { return value < 0; }) % 64 == 0);
}
