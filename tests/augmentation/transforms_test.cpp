// SPDX-License-Identifier: Apache-2.0
#include "augmentation/transforms.h"

#include "augmentation/tones.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <numeric>

using namespace soundfold::augmentation;
using soundfold::testing::measured_hz;
using soundfold::testing::tone;

namespace {

double power(const std::vector<float>& samples) {
  double sum = 0;
  for (const float x : samples) sum += double{x} * x;
  return sum / static_cast<double>(samples.size());
}

}  // namespace

TEST_CASE("gain is exact in decibels and is undone by its opposite", "[augmentation]") {
  const auto clip = tone(16000, 440);
  for (const double db : {-60.0, -6.0, 0.0, 20.0, 60.0}) {
    CAPTURE(db);
    CHECK(10 * std::log10(power(with_gain(clip, db)) / power(clip)) == Approx(db).margin(1e-4));
  }
  CHECK(with_gain({0.25F, -0.5F}, 20)[1] == Approx(-5));  // not clipped
  CHECK(with_gain({}, 3).empty());
}

TEST_CASE("a circular shift moves samples past the ends and loses none", "[augmentation]") {
  const std::vector<float> clip = {1, 2, 3, 4, 5};
  CHECK(circular_shift(clip, 2) == std::vector<float>{4, 5, 1, 2, 3});
  CHECK(circular_shift(clip, -1) == std::vector<float>{2, 3, 4, 5, 1});
  CHECK(circular_shift(clip, 5) == clip);
  CHECK(circular_shift(clip, -13) == circular_shift(clip, 2));
  CHECK(circular_shift({}, 3).empty());
}

TEST_CASE("speed changes length and pitch together, and keeps the level", "[augmentation]") {
  const auto clip = tone(32000, 500);
  for (const double factor : {0.5, 0.9, 1.05, 1.5}) {
    CAPTURE(factor);
    const auto fast = with_speed(clip, factor);
    CHECK(fast.size() == static_cast<std::size_t>(std::llround(32000 / factor)));
    CHECK(measured_hz(fast) == Approx(500 * factor).epsilon(0.005));
    CHECK(power(fast) == Approx(power(clip)).epsilon(0.02));
  }
  CHECK(with_speed(clip, 1) == clip);
  CHECK(with_speed({0.5F}, 1.5).size() == 1);
  CHECK(with_speed({}, 1.5).empty());
}

TEST_CASE("noise is added at the requested ratio, measured", "[augmentation]") {
  const auto clip = tone(16000, 440);
  std::vector<float> noise(5000);
  for (std::size_t i = 0; i < noise.size(); ++i) noise[i] = static_cast<float>((i * 7919) % 1000) / 500 - 1;
  for (const double snr_db : {-10.0, 0.0, 15.0}) {
    CAPTURE(snr_db);
    const auto mixed = with_noise(clip, noise, 1234, snr_db);
    REQUIRE(mixed.size() == clip.size());
    std::vector<float> added(clip.size());
    for (std::size_t i = 0; i < clip.size(); ++i) added[i] = mixed[i] - clip[i];
    CHECK(10 * std::log10(power(clip) / power(added)) == Approx(snr_db).margin(0.01));
    // The noise starts at the offset and is repeated.
    const double scale = added[0] / noise[1234];
    CHECK(added[4000] == Approx(scale * noise[(1234 + 4000) % 5000]).margin(1e-5));
  }
}

TEST_CASE("there is no ratio to silence: such clips and noises change nothing", "[augmentation]") {
  const auto clip = tone(100, 440);
  const std::vector<float> silence(100, 0.0F);
  CHECK(with_noise(clip, silence, 0, 10) == clip);
  CHECK(with_noise(silence, clip, 0, 10) == silence);
  CHECK(with_noise(clip, {}, 0, 10) == clip);
}

TEST_CASE("a gap is zero, and only the gap", "[augmentation]") {
  const std::vector<float> clip = {1, 2, 3, 4, 5};
  CHECK(with_gap(clip, 1, 2) == std::vector<float>{1, 0, 0, 4, 5});
  CHECK(with_gap(clip, 3, 99) == std::vector<float>{1, 2, 3, 0, 0});
  CHECK(with_gap(clip, 9, 9) == clip);
  CHECK(with_gap(clip, 0, 0) == clip);
}

TEST_CASE("a waveform is fitted by cutting its end or repeating it", "[augmentation]") {
  using Waveform = std::vector<float>;
  CHECK(fitted({1, 2, 3}, 2) == Waveform{1, 2});
  CHECK(fitted({1, 2, 3}, 3) == Waveform{1, 2, 3});
  CHECK(fitted({1, 2, 3}, 8) == Waveform{1, 2, 3, 1, 2, 3, 1, 2});
  CHECK(fitted({}, 2) == Waveform{0, 0});
  CHECK(fitted({1, 2}, 0).empty());
}
