// SPDX-License-Identifier: Apache-2.0
#include "soundscapes/extent.h"

#include <catch2/catch.hpp>

using namespace soundfold;
using soundscapes::ExtentRule;
using soundscapes::sounding_extents;

namespace {

constexpr int kRate = 1000;  // frames of 10 samples

/// A stretch of `count` samples that alternate between +amplitude and -amplitude: mean square amplitude^2 in any frame.
void append(std::vector<float>& waveform, std::size_t count, float amplitude) {
  for (std::size_t i = 0; i < count; ++i) waveform.push_back(i % 2 == 0 ? amplitude : -amplitude);
}

}  // namespace

TEST_CASE("an event begins and ends with the frames near enough to the peak", "[soundscapes]") {
  std::vector<float> waveform;
  append(waveform, 300, 0);
  append(waveform, 100, 0.5F);
  append(waveform, 50, 0.02F);    // 28 dB below the peak: sounds
  append(waveform, 100, 0.001F);  // 54 dB below: does not
  append(waveform, 200, 0);
  ExtentRule rule;
  rule.above_floor_db = 0;
  const auto extents = sounding_extents(waveform, kRate, rule);
  REQUIRE(extents.size() == 1);
  CHECK(extents[0].begin == 300);
  CHECK(extents[0].end == 450);
  // 10 frames of 0.25 and 5 of 0.0004, over 15.
  CHECK(extents[0].mean_square == Approx((10 * 0.25 + 5 * 0.0004) / 15));
}

TEST_CASE("sounds over a short pause are one event, over a longer one two", "[soundscapes]") {
  std::vector<float> waveform;
  append(waveform, 100, 0.5F);
  append(waveform, 200, 0);
  append(waveform, 100, 0.5F);
  ExtentRule rule;
  rule.longest_pause_s = 0.2;
  const auto one = sounding_extents(waveform, kRate, rule);
  REQUIRE(one.size() == 1);
  CHECK(one[0].begin == 0);
  CHECK(one[0].end == 400);
  CHECK(one[0].mean_square == Approx(0.25));  // without the pause
  rule.longest_pause_s = 0.19;
  const auto two = sounding_extents(waveform, kRate, rule);
  REQUIRE(two.size() == 2);
  CHECK(two[0].end == 100);
  CHECK(two[1].begin == 300);
}

TEST_CASE("a recording's own noise is not the event", "[soundscapes]") {
  std::vector<float> waveform;
  append(waveform, 800, 0.01F);  // 34 dB below the peak, within below_peak_db
  append(waveform, 200, 0.5F);
  const auto extents = sounding_extents(waveform, kRate, {});
  REQUIRE(extents.size() == 1);
  CHECK(extents[0].begin == 800);
  CHECK(extents[0].end == 1000);
}

TEST_CASE("a clip that never pauses is one event; digital silence none; a click is too short", "[soundscapes]") {
  std::vector<float> steady, silent, click;
  append(steady, 500, 0.1F);
  const auto whole = sounding_extents(steady, kRate, {});
  REQUIRE(whole.size() == 1);
  CHECK(whole[0].begin == 0);
  CHECK(whole[0].end == 500);
  append(silent, 500, 0);
  CHECK(sounding_extents(silent, kRate, {}).empty());
  CHECK(sounding_extents({}, kRate, {}).empty());
  append(click, 100, 0);
  append(click, 40, 0.5F);
  append(click, 100, 0);
  CHECK(sounding_extents(click, kRate, {}).empty());
}
