// SPDX-License-Identifier: Apache-2.0
#include "augmentation/variant.h"

#include "audio/waveform.h"
#include "augmentation/tones.h"
#include "augmentation/transforms.h"
#include "support/errors.h"
#include "support/files.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>

using namespace soundfold;
using augmentation::Variant;
using augmentation::VariantOptions;
using Catch::Contains;

namespace {

std::vector<float> clip() {
  std::vector<float> samples(8000);
  for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = 0.3F * std::sin(0.07F * static_cast<float>(i)) + 0.01F;
  return samples;
}

std::shared_ptr<const augmentation::Recordings> one_noise() {
  augmentation::Recordings noises;
  noises.waveforms.push_back({0.1F, -0.2F, 0.15F, -0.05F});
  noises.digest = "abc";
  return std::make_shared<const augmentation::Recordings>(noises);
}

VariantOptions everything() {
  VariantOptions options;
  options.gain_db = 6;
  options.shift_s = 0.1;
  options.speed_percent = 10;
  options.time_mask_s = 0.1;
  return options;
}

double gain_of(const Variant& variant, const std::string& digest) {
  const auto before = clip(), after = variant.apply(before, digest);
  REQUIRE(after.size() == before.size());
  return 20 * std::log10(after[100] / before[100]);
}

}  // namespace

TEST_CASE("a variant is decided by seed, clip and index, and by nothing else", "[augmentation]") {
  const Variant variant(everything(), 1, one_noise());
  const auto result = variant.apply(clip(), "digest");
  CHECK(result != clip());
  CHECK(variant.apply(clip(), "digest") == result);
  CHECK(Variant(everything(), 1, one_noise()).apply(clip(), "digest") == result);
  CHECK(variant.apply(clip(), "another") != result);
  CHECK(Variant(everything(), 2, one_noise()).apply(clip(), "digest") != result);
  auto other_seed = everything();
  other_seed.seed = 2;
  CHECK(Variant(other_seed, 1, one_noise()).apply(clip(), "digest") != result);
  CHECK(Variant(VariantOptions(), 1, nullptr).apply(clip(), "digest") == clip());
}

TEST_CASE("gains spread over the whole range and stay inside", "[augmentation]") {
  VariantOptions options;
  options.gain_db = 6;
  double lowest = 100, highest = -100;
  for (int i = 0; i < 300; ++i) {
    const double gain = gain_of(Variant(options, 1 + i % 3, nullptr), "clip" + std::to_string(i));
    lowest = std::min(lowest, gain);
    highest = std::max(highest, gain);
  }
  CHECK(lowest >= -6.0001);
  CHECK(lowest < -5.5);
  CHECK(highest <= 6.0001);
  CHECK(highest > 5.5);
}

TEST_CASE("lengths stay within the speed's range, gaps within theirs", "[augmentation]") {
  auto options = everything();
  for (int i = 0; i < 50; ++i) {
    const auto changed = Variant(options, i, nullptr).apply(clip(), "digest");
    CHECK(changed.size() >= 8000 / 1.1 - 1);
    CHECK(changed.size() <= 8000 / 0.9 + 1);
  }
  VariantOptions gap_only;
  gap_only.time_mask_s = 0.1;
  for (int i = 0; i < 50; ++i) {
    const auto gapped = Variant(gap_only, i, nullptr).apply(std::vector<float>(8000, 1.0F), "digest");
    CHECK(std::count(gapped.begin(), gapped.end(), 0.0F) <= 1600);
  }
  gap_only.time_mask_s = 100;
  CHECK(Variant(gap_only, 1, nullptr).apply({1, 1, 1}, "digest").size() == 3);
}

TEST_CASE("switching one change on leaves the draws of the others", "[augmentation]") {
  VariantOptions gain_only;
  gain_only.gain_db = 6;
  auto with_shift = gain_only;
  with_shift.shift_s = 0.2;
  const auto gained = Variant(gain_only, 1, nullptr).apply(clip(), "digest");
  auto shifted = Variant(with_shift, 1, nullptr).apply(clip(), "digest");
  CHECK(shifted != gained);
  auto sorted = gained;
  std::sort(sorted.begin(), sorted.end());
  std::sort(shifted.begin(), shifted.end());
  CHECK(shifted == sorted);  // the same gain, another order
}

TEST_CASE("the text names every parameter, the noises' digest and the index", "[augmentation]") {
  const auto text = [](const VariantOptions& options, std::int64_t index, bool noise = false) {
    return Variant(options, index, noise ? one_noise() : nullptr).text();
  };
  const auto base = text(everything(), 1);
  CHECK(base.find('\n') == std::string::npos);
  CHECK(text(everything(), 1) == base);
  CHECK(text(everything(), 2) != base);
  CHECK_THAT(text(everything(), 1, true), Contains("abc at 10 to 20 dB"));
  for (double VariantOptions::*field :
       {&VariantOptions::gain_db, &VariantOptions::shift_s, &VariantOptions::speed_percent,
        &VariantOptions::time_mask_s, &VariantOptions::room_rt60_s, &VariantOptions::filter_db,
        &VariantOptions::band_pass_share}) {
    auto changed = everything();
    changed.*field += 1e-9;
    CHECK(text(changed, 1) != base);
  }
  auto seeded = everything();
  seeded.seed = 5;
  CHECK(text(seeded, 1) != base);
}

TEST_CASE("noises are read from files; their digest follows the content", "[augmentation]") {
  const testing::TempFolder folder;
  audio::write_wav(folder / "a.wav", clip(), 16000);
  audio::write_wav(folder / "b.wav", {0.5F, 0.25F, 0.125F}, 16000);
  const auto both = augmentation::load_recordings("augmentation.noise_folder", {folder / "a.wav", folder / "b.wav"});
  REQUIRE(both.waveforms.size() == 2);
  CHECK(both.waveforms[1].size() == 3);
  CHECK(augmentation::load_recordings("augmentation.noise_folder", {folder / "a.wav", folder / "b.wav"}).digest ==
        both.digest);
  audio::write_wav(folder / "b.wav", {0.5F, 0.25F, 0.5F}, 16000);
  CHECK(augmentation::load_recordings("augmentation.noise_folder", {folder / "a.wav", folder / "b.wav"}).digest !=
        both.digest);
  write_file_atomically(folder / "c.wav", "not a sound");
  CHECK_THROWS_WITH(augmentation::load_recordings("augmentation.noise_folder", {folder / "c.wav"}), Contains("c.wav"));
  CHECK_THROWS_AS(augmentation::load_recordings("augmentation.noise_folder", {}), UsageError);
}

TEST_CASE("a variant's chance is its own, evenly spread over clips, and independent of its changes", "[augmentation]") {
  VariantOptions options;
  const Variant first(options, 1, nullptr), second(options, 2, nullptr);
  CHECK(first.chance("a") == first.chance("a"));
  CHECK(first.chance("a") != first.chance("b"));
  CHECK(first.chance("a") != second.chance("a"));
  auto loud = options;
  loud.gain_db = 6;
  CHECK(Variant(loud, 1, nullptr).chance("a") == first.chance("a"));
  auto seeded = options;
  seeded.seed = options.seed + 1;
  CHECK(Variant(seeded, 1, nullptr).chance("a") != first.chance("a"));
  double sum = 0;
  constexpr int kClips = 1000;
  for (int clip = 0; clip < kClips; ++clip) {
    const double chance = first.chance("clip " + std::to_string(clip));
    CHECK((chance >= 0 && chance < 1));
    sum += chance;
  }
  CHECK(sum / kClips == Approx(0.5).margin(0.04));  // deviation of such a mean: 0.009
}

TEST_CASE("shifts and gaps are seconds at the rate of the waveform", "[augmentation]") {
  VariantOptions options;
  options.shift_s = 0.05;
  const auto shift_of = [&](int rate_hz) {
    options.input.sample_rate_hz = rate_hz;
    std::vector<float> impulse(20'000, 0.0F);
    impulse[10'000] = 1;
    const auto shifted = Variant(options, 1, nullptr).apply(impulse, "digest");
    return std::max_element(shifted.begin(), shifted.end()) - shifted.begin() - 10'000;
  };
  const auto at_16 = shift_of(16'000), at_32 = shift_of(32'000);
  CHECK(at_16 != 0);
  CHECK(std::abs(at_32 - 2 * at_16) <= 1);

  options = {};
  options.time_mask_s = 0.1;
  const auto gap_of = [&](int rate_hz) {
    options.input.sample_rate_hz = rate_hz;
    const auto masked = Variant(options, 1, nullptr).apply(std::vector<float>(20'000, 0.5F), "digest");
    return std::count(masked.begin(), masked.end(), 0.0F);
  };
  CHECK(gap_of(16'000) > 0);
  CHECK(std::abs(gap_of(32'000) - 2 * gap_of(16'000)) <= 1);
}

TEST_CASE("variants stored before there were rooms, filters and masks keep their text and their samples",
          "[augmentation]") {
  VariantOptions options;
  options.gain_db = 3;
  CHECK(Variant(options, 2, nullptr).text() ==
        "waveform v1: seed 1, index 2, speed 0 %, turn 0 s, gain 3 dB, gap 0 s, noise none");
  // The gain is drawn where it was, whatever else is on: filters of 0 dB and masks leave the samples alone.
  const auto gained = Variant(options, 2, nullptr).apply(clip(), "digest");
  options.filter_db = 1e-12;
  options.mask_bands = 5;
  const auto filtered = Variant(options, 2, nullptr).apply(clip(), "digest");
  for (std::size_t i = 0; i < gained.size(); ++i) CHECK(filtered[i] == Approx(gained[i]).margin(1e-6));
}

TEST_CASE("filters of a variant stay within their gain, and its band-pass takes the ends away", "[augmentation]") {
  const auto change_db = [&](const Variant& variant, double hz) {
    const auto before = testing::tone(16000, hz), after = variant.apply(before, "digest");
    return 10 * std::log10(augmentation::mean_square(after) / augmentation::mean_square(before));
  };
  VariantOptions options;
  options.filter_db = 6;
  double least = 0, most = 0;
  for (int index = 0; index < 60; ++index) {
    const double db = change_db(Variant(options, index, nullptr), 40);
    least = std::min(least, db);
    most = std::max(most, db);
  }
  CHECK(least < -4);
  CHECK(least > -6.5);
  CHECK(most > 4);
  CHECK(most < 6.5);

  options = {};
  options.band_pass_share = 0.5;
  int limited = 0;
  for (int index = 0; index < 60; ++index) {
    const Variant variant(options, index, nullptr);
    if (change_db(variant, 40) < -10) {
      ++limited;
      CHECK(change_db(variant, 7900) < -6);
    } else {
      CHECK(change_db(variant, 40) == 0);
    }
    CHECK(change_db(variant, 1100) > -3.1);
  }
  CHECK(limited > 18);
  CHECK(limited < 42);
}

TEST_CASE("a variant sounds in one of the rooms, or in one that is generated", "[augmentation]") {
  augmentation::Recordings rooms;
  rooms.waveforms = {{0, 0, 1, 0.5F}, {1, -0.5F}};
  rooms.digest = "rooms";
  const auto shared = std::make_shared<const augmentation::Recordings>(rooms);
  std::vector<float> impulse(100, 0.0F);
  impulse[10] = 1;
  const float level = 1 / std::sqrt(1.25F);
  int first = 0, second = 0;
  for (int index = 0; index < 40; ++index) {
    const auto result = Variant(VariantOptions(), index, nullptr, shared).apply(impulse, "digest");
    REQUIRE(result.size() == 100);
    if (result[11] < 0) {
      ++second;
      CHECK(result[10] == Approx(level));
      CHECK(result[11] == Approx(-level / 2));
    } else {
      ++first;
      CHECK(result[12] == Approx(level));  // 2 samples late: less than 1 ms before the direct sound is kept
      CHECK(result[13] == Approx(level / 2));
    }
  }
  CHECK(first > 8);
  CHECK(second > 8);
  CHECK_THAT(Variant(VariantOptions(), 1, nullptr, shared).text(), Contains(", rooms rooms"));

  VariantOptions generated;
  generated.room_rt60_s = 0.3;
  const auto one = Variant(generated, 1, nullptr).apply(clip(), "digest");
  CHECK(one == Variant(generated, 1, nullptr).apply(clip(), "digest"));
  CHECK(one != Variant(generated, 2, nullptr).apply(clip(), "digest"));
  CHECK(augmentation::mean_square(one) == Approx(augmentation::mean_square(clip())).epsilon(1e-3));
}
