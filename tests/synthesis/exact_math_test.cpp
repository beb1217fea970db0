// SPDX-License-Identifier: Apache-2.0
#include "synthesis/internal/exact_math.h"

#include <catch2/catch.hpp>

#include <cmath>

using namespace soundfold::synthesis;

namespace {}

TEST_CASE("sine and cosine agree with the C library's, over many turns", "[synthesis]") {
  double worst = 0;
  for (double turns = -50; turns < 50; turns += 0.00137) {
    const double r = turns - std::floor(turns);
    worst = std::max(worst, std::fabs(sine(turns) - std::sin(kTwoPi * r)));
    worst = std::max(worst, std::fabs(cosine(turns) - std::cos(kTwoPi * r)));
  }
  CHECK(worst < 1e-10);
  CHECK(sine(0) == 0);
  CHECK(sine(1e9 + 0.25) == Approx(1).epsilon(1e-10));
}

TEST_CASE("powers and logarithms agree with the C library's", "[synthesis]") {
  double worst_power = 0, worst_logarithm = 0;
  for (double x = -60; x < 60; x += 0.0137) {
    worst_power = std::max(worst_power, std::fabs(power_of_two(x) / std::exp2(x) - 1));
    worst_logarithm = std::max(worst_logarithm, std::fabs(log_of_base_two(std::exp2(x)) - x));
  }
  CHECK(worst_power < 1e-10);
  CHECK(worst_logarithm < 1e-10);
  CHECK(power_of_two(10) == 1024);
  CHECK(power_of_two(-5000) == 0);
  CHECK(std::isfinite(power_of_two(1e9)));
  CHECK(log_of_base_two(8) == 3);
}

TEST_CASE("decibels, decays and ratios", "[synthesis]") {
  CHECK(amplitude_of(20) == Approx(10).epsilon(1e-10));
  CHECK(amplitude_of(-60) == Approx(0.001).epsilon(1e-10));
  CHECK(std::pow(decay_per_sample(0.5), 8000) == Approx(0.001).epsilon(1e-6));
  CHECK(between_in_ratio(100, 400, 0.5) == Approx(200).epsilon(1e-10));
  CHECK(between_in_ratio(400, 100, 0.25) == Approx(282.8427125).epsilon(1e-9));
}
