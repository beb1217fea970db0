// SPDX-License-Identifier: Apache-2.0
#include "synthesis/internal/filters.h"

#include "synthesis/internal/contour.h"
#include "synthesis/internal/exact_math.h"
#include "synthesis/spectrum.h"

#include <catch2/catch.hpp>

#include <cmath>

using namespace soundfold::synthesis;
using soundfold::testing::amplitude_at;

namespace {

/// Gain at `hz`, measured on a sine after the filter has settled.
template <class Filter>
double gain_at(Filter filter, double hz) {
  Signal tone(16000);
  for (std::size_t i = 0; i < tone.size(); ++i) tone[i] = sine(hz * static_cast<double>(i) / kRateHz);
  filter.apply(tone);
  return amplitude_at(Signal(tone.begin() + 8000, tone.end()), hz);
}

}  // namespace

TEST_CASE("low-, high- and band-pass have the gains of their formulas", "[synthesis]") {
  CHECK(gain_at(Biquad::low_pass(1000), 100) == Approx(1).epsilon(0.01));
  CHECK(gain_at(Biquad::low_pass(1000), 1000) == Approx(std::sqrt(0.5)).epsilon(0.01));
  CHECK(gain_at(Biquad::low_pass(500), 4000) < 0.02);
  CHECK(gain_at(Biquad::high_pass(1000), 1000) == Approx(std::sqrt(0.5)).epsilon(0.01));
  CHECK(gain_at(Biquad::high_pass(1000), 100) == Approx(0.01).epsilon(0.05));
  CHECK(gain_at(Biquad::high_pass(1000), 7000) == Approx(1).epsilon(0.01));
  CHECK(gain_at(Biquad::band_pass(2000, 5), 2000) == Approx(1).epsilon(0.01));
  CHECK(gain_at(Biquad::band_pass(2000, 5), 1000) < 0.15);
  CHECK(gain_at(Biquad::low_pass(1000, 4), 1000) == Approx(4).epsilon(0.01));
}

TEST_CASE("a formant leaves 0 Hz unchanged and peaks at its centre", "[synthesis]") {
  CHECK(gain_at(Biquad::formant(1500, 100), 20) == Approx(1).epsilon(0.01));
  const double peak = gain_at(Biquad::formant(1500, 100), 1500);
  CHECK(peak > gain_at(Biquad::formant(1500, 100), 1300));
  CHECK(peak > gain_at(Biquad::formant(1500, 100), 1700));
  // Half the power at half the bandwidth from the centre.
  CHECK(gain_at(Biquad::formant(1500, 100), 1450) / peak == Approx(std::sqrt(0.5)).epsilon(0.05));
}

TEST_CASE("filters stay finite at frequencies out of range", "[synthesis]") {
  for (const double hz : {-5.0, 0.0, 8000.0, 1e6}) {
    CAPTURE(hz);
    CHECK(std::isfinite(gain_at(Biquad::low_pass(hz), 500)));
    CHECK(std::isfinite(gain_at(Biquad::band_pass(hz, 30), 500)));
    CHECK(std::isfinite(gain_at(Biquad::formant(hz, 50), 500)));
  }
}

TEST_CASE("a smoother lets the mean through and dampens what is fast", "[synthesis]") {
  CHECK(gain_at(Smoother(500), 20) == Approx(1).epsilon(0.01));
  CHECK(gain_at(Smoother(500), 500) == Approx(std::sqrt(0.5)).epsilon(0.1));
  CHECK(gain_at(Smoother(500), 5000) < 0.15);
}

TEST_CASE("a contour goes through its points and is level outside of them", "[synthesis]") {
  const Contour contour({{0.2, 1}, {0.6, 3}, {0.8, 2}});
  CHECK(contour(0) == 1);
  CHECK(contour(0.2) == 1);
  CHECK(contour(0.4) == Approx(2));  // half way by the half cosine
  CHECK(contour(0.3) == Approx(1 + 2 * (0.5 - 0.5 * std::sqrt(0.5))));
  CHECK(contour(0.6) == Approx(3));
  CHECK(contour(9) == 2);
  CHECK(contour.times(10)(0.4) == Approx(20));
  CHECK(Contour(7)(0.5) == 7);
}
