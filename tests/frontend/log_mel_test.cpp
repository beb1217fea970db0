// SPDX-License-Identifier: Apache-2.0
#include "frontend/log_mel.h"

#include "frontend/mel_filters.h"
#include "frontend/signals.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <complex>

using namespace soundfold::frontend;
using soundfold::testing::sine;
using soundfold::testing::uniform_noise;

namespace {

const float kSilence = std::log(0.001f);

/// One frame straight from the recipe's formulas, in float64, with a plain sum for the Fourier transform.
std::vector<double> frame_by_definition(const float* samples) {
  std::vector<double> mel(64, 0.0);
  for (int bin = 0; bin < 257; ++bin) {
    std::complex<double> sum = 0;
    for (int n = 0; n < 400; ++n) {
      const double window = 0.5 - 0.5 * std::cos(2 * M_PI * n / 400);
      sum += static_cast<double>(samples[n]) * window * std::polar(1.0, -2 * M_PI * ((bin * n) % 512) / 512);
    }
    for (int band = 0; band < 64; ++band) {
      mel[static_cast<std::size_t>(band)] +=
          std::abs(sum) * static_cast<double>(mel_matrix()[static_cast<std::size_t>(bin * 64 + band)]);
    }
  }
  for (double& value : mel) value = std::log(value + 0.001);
  return mel;
}

double worst_relative_error(const std::vector<float>& frame, const std::vector<double>& expected) {
  double worst = 0;
  for (std::size_t i = 0; i < 64; ++i) worst = std::max(worst, std::abs(static_cast<double>(frame[i]) - expected[i]));
  return worst;
}

}  // namespace

TEST_CASE("one frame equals its definition", "[frontend]") {
  LogMel log_mel;
  std::vector<float> frame(64);
  for (const auto& samples : {uniform_noise(400, 7), sine(400, 440), sine(400, 3'000, 16'000, 1e-4)}) {
    log_mel.frame(samples.data(), frame.data());
    CHECK(worst_relative_error(frame, frame_by_definition(samples.data())) < 2e-6);
  }
}

TEST_CASE("silence is ln(0.001) in every band", "[frontend]") {
  LogMel log_mel;
  const std::vector<float> silence(400, 0.0f);
  std::vector<float> frame(64, 1.0f);
  log_mel.frame(silence.data(), frame.data());
  CHECK(std::all_of(frame.begin(), frame.end(), [](float x) { return x == kSilence; }));
}

TEST_CASE("a tone peaks in the band that holds its frequency", "[frontend]") {
  LogMel log_mel;
  std::vector<float> frame(64);
  const auto mel = [](double hz) { return 1127.0 * std::log(1.0 + hz / 700.0); };
  for (const double hz : {400.0, 1'000.0, 2'500.0, 6'000.0}) {
    log_mel.frame(sine(400, hz).data(), frame.data());
    const auto peak = std::max_element(frame.begin(), frame.end()) - frame.begin();
    const double expected =
        (mel(hz) - mel(125)) / ((mel(7500) - mel(125)) / 65) - 1;  // band j is centred on edge j + 1
    CAPTURE(hz);
    CHECK(std::abs(static_cast<double>(peak) - expected) <= 1);
  }
}

TEST_CASE("magnitude, not power: twice the amplitude adds ln 2", "[frontend]") {
  LogMel log_mel;
  std::vector<float> noise = uniform_noise(400, 3);
  std::vector<float> once(64), twice(64);
  log_mel.frame(noise.data(), once.data());
  for (float& sample : noise) sample *= 2;
  log_mel.frame(noise.data(), twice.data());
  for (std::size_t i = 0; i < 64; ++i) CHECK(twice[i] - once[i] == Approx(std::log(2.0)).margin(1e-3));
}

TEST_CASE("frames are left-aligned and neither centred nor reflected", "[frontend]") {
  // A click at sample 1000 is inside frames 4 to 6, whose samples are [160 t, 160 t + 400), and in no other.
  std::vector<float> click(4'000, 0.0f);
  click[1'000] = 1;
  std::vector<float> rows(static_cast<std::size_t>(frame_count(4'000)) * 64);
  LogMel().frames(click.data(), 4'000, rows.data());
  for (std::size_t t = 0; t < rows.size() / 64; ++t) {
    CAPTURE(t);
    CHECK((rows[t * 64 + 20] != kSilence) == (t >= 4 && t <= 6));
  }
}

TEST_CASE("a frame's place in a batch does not change a bit of it", "[frontend]") {
  const std::vector<float> noise = uniform_noise(400 + 160 * 12, 11);
  LogMel log_mel;
  std::vector<float> together(13 * 64), alone(64);
  log_mel.frames(noise.data(), static_cast<std::int64_t>(noise.size()), together.data());
  for (std::size_t t = 0; t < 13; ++t) {
    log_mel.frame(noise.data() + 160 * t, alone.data());
    CHECK(std::equal(alone.begin(), alone.end(), together.begin() + static_cast<std::ptrdiff_t>(t * 64)));
  }
}

TEST_CASE("a spectrogram is padded at its end only", "[frontend]") {
  const std::vector<float> noise = uniform_noise(20'000, 5);
  const Spectrogram padded = spectrogram(noise);
  CHECK(padded.patch_count == 2);
  CHECK(padded.frame_count == 144);
  REQUIRE(padded.log_mel.size() == 144 * 64);
  std::vector<float> plain(static_cast<std::size_t>(frame_count(20'000)) * 64);
  LogMel().frames(noise.data(), 20'000, plain.data());
  CHECK(std::equal(plain.begin(), plain.end(), padded.log_mel.begin()));
  // Sample 20,000 is the first zero: frames from 125 on hold nothing else.
  CHECK(std::all_of(padded.log_mel.begin() + 125 * 64, padded.log_mel.end(), [](float x) { return x == kSilence; }));
  CHECK(padded.patch(1) == padded.log_mel.data() + 48 * 64);
}

TEST_CASE("patches overlap by half and keep the remainder", "[frontend]") {
  // Known wrong ports take patches side by side and drop what is left over.
  const Spectrogram result = spectrogram(uniform_noise(80'000, 1));
  CHECK(result.patch_count == 10);
  CHECK(std::equal(result.patch(0) + 48 * 64, result.patch(0) + 96 * 64, result.patch(1)));
}

TEST_CASE("no samples give one silent patch", "[frontend]") {
  const Spectrogram result = spectrogram({});
  CHECK(result.patch_count == 1);
  REQUIRE(result.log_mel.size() == 96 * 64);
  CHECK(std::all_of(result.log_mel.begin(), result.log_mel.end(), [](float x) { return x == kSilence; }));
}
