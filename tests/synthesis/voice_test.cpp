// SPDX-License-Identifier: Apache-2.0
#include "synthesis/internal/voice.h"

#include "synthesis/spectrum.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>

using namespace soundfold;
using namespace soundfold::synthesis;
using soundfold::testing::amplitude_at;
using soundfold::testing::measured_pitch_hz;

namespace {

Larynx steady_larynx(double pitch_hz) {
  Larynx larynx;
  larynx.pitch_hz = pitch_hz;
  larynx.loudness = 1;
  larynx.breath = 0;
  larynx.jitter = 0;
  larynx.shimmer = 0;
  return larynx;
}

}  // namespace

TEST_CASE("the larynx sounds at its pitch, with harmonics that fall 6 dB an octave", "[synthesis]") {
  Random random(1);
  const Signal voice = phonate(steady_larynx(250), random, 1);
  REQUIRE(voice.size() == 16000);
  // A sawtooth of peak 1 has the harmonics 2 / (pi n).
  for (const int n : {1, 2, 4, 8}) {
    CHECK(amplitude_at(voice, 250.0 * n) == Approx(2 / (3.14159265 * n)).epsilon(0.06));
  }
  CHECK(measured_pitch_hz(voice, 150, 400) == Approx(250).epsilon(0.01));
}

TEST_CASE("what the rate cannot carry hardly folds back", "[synthesis]") {
  Random random(1);
  const Signal voice = phonate(steady_larynx(1700), random, 1);
  // The sixth harmonic, 10200 Hz, would appear at 5800 Hz with a naive sawtooth's 2 / (6 pi) = 0.106.
  CHECK(amplitude_at(voice, 5800) < 0.03);
}

TEST_CASE("roughness adds the octave below, breath fills the gaps, vibrato moves the pitch", "[synthesis]") {
  Random random(1);
  Larynx larynx = steady_larynx(400);
  const double clean = amplitude_at(phonate(larynx, random, 1), 200);
  larynx.roughness = 0.6;
  CHECK(amplitude_at(phonate(larynx, random, 1), 200) > clean + 0.05);

  larynx = steady_larynx(400);
  const double between = amplitude_at(phonate(larynx, random, 1), 3000);
  larynx.breath = 1;
  CHECK(amplitude_at(phonate(larynx, random, 1), 3000) > 2 * between + 1e-4);

  larynx = steady_larynx(400);
  larynx.vibrato_hz = 6;
  larynx.vibrato_depth = 0.05;
  CHECK(amplitude_at(phonate(larynx, random, 1), 400) < 0.8 * 2 / 3.14159265);
}

TEST_CASE("a pitch contour is followed", "[synthesis]") {
  Random random(1);
  Larynx larynx = steady_larynx(0);
  larynx.pitch_hz = Contour({{0.4, 200}, {0.6, 400}});
  const Signal voice = phonate(larynx, random, 2);
  CHECK(measured_pitch_hz(Signal(voice.begin(), voice.begin() + 8000), 150, 500) == Approx(200).epsilon(0.02));
  CHECK(measured_pitch_hz(Signal(voice.end() - 8000, voice.end()), 250, 500) == Approx(400).epsilon(0.02));
}

TEST_CASE("a tube has its formants at odd quarters of a wave", "[synthesis]") {
  const auto formants = tube_formants(17.5, 4, 0.1);
  REQUIRE(formants.size() == 4);
  const double expected_hz[] = {500, 1500, 2500, 3500};
  for (std::size_t n = 0; n < 4; ++n) {
    CHECK(formants[n].hz(0) == Approx(expected_hz[n]));
    CHECK(formants[n].bandwidth_hz == Approx(0.1 * expected_hz[n]));
  }
  CHECK(tube_formants(5, 9, 0.1).size() == 2);  // 1750, 5250; 8750 Hz is too high
}

TEST_CASE("a call has a peak of 1, silent ends, and more power at a formant than beside it", "[synthesis]") {
  Call call;
  call.seconds = 1;
  call.larynx = steady_larynx(100);
  call.formants = {{Contour(1200), 60}};
  Random random(1);
  const Signal sound = utter(call, random);
  double peak = 0;
  for (const double x : sound) peak = std::max(peak, std::fabs(x));
  CHECK(peak == Approx(1));
  CHECK(std::fabs(sound.front()) < 1e-3);
  CHECK(std::fabs(sound.back()) < 1e-3);
  CHECK(amplitude_at(sound, 1200) > 3 * amplitude_at(sound, 600));
  CHECK(amplitude_at(sound, 1200) > 3 * amplitude_at(sound, 2000));
}
