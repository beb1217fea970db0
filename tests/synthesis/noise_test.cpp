// SPDX-License-Identifier: Apache-2.0
#include "synthesis/internal/noise.h"

#include "synthesis/internal/modes.h"
#include "synthesis/spectrum.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>

using namespace soundfold;
using namespace soundfold::synthesis;
using soundfold::testing::density;

TEST_CASE("coloured noise has the requested slope", "[synthesis]") {
  for (const double slope : {-6.0, -3.0, 0.0, 3.0}) {
    CAPTURE(slope);
    Random random(11);
    const Signal noise = coloured_noise(random, 80000, slope);
    CHECK(root_mean_square(noise) == Approx(1).epsilon(1e-9));
    // Four octaves apart; white noise's own spread is some tenths of a dB over this many places.
    const double octaves = 4;
    const double change_db = 10 * std::log10(density(noise, 2000, 2600) / density(noise, 125, 162.5));
    CHECK(change_db / octaves == Approx(slope).margin(0.8));
  }
}

TEST_CASE("white noise fills its range evenly", "[synthesis]") {
  Random random(2);
  const Signal noise = white_noise(random, 20000);
  CHECK(*std::max_element(noise.begin(), noise.end()) <= 1);
  CHECK(*std::min_element(noise.begin(), noise.end()) >= -1);
  CHECK(root_mean_square(noise) == Approx(std::sqrt(1.0 / 3)).epsilon(0.02));
}

TEST_CASE("drift stays within 0 and 1 and moves about as often as requested", "[synthesis]") {
  Random random(4);
  const Signal movement = drift(random, 160000, 5);
  int turns = 0;
  double largest_step = 0;
  for (std::size_t i = 2; i < movement.size(); ++i) {
    CHECK((movement[i] >= 0 && movement[i] <= 1));
    largest_step = std::max(largest_step, std::fabs(movement[i] - movement[i - 1]));
    turns += (movement[i] - movement[i - 1]) * (movement[i - 1] - movement[i - 2]) < 0;
  }
  CHECK(largest_step < 0.002);
  CHECK((turns > 15 && turns < 60));  // 50 pieces in 10 s, two thirds of the joints being turns
}

TEST_CASE("impulses come at the requested rate", "[synthesis]") {
  Random random(6);
  const Signal impulses = random_impulses(random, 160000, 100);
  const auto count = std::count_if(impulses.begin(), impulses.end(), [](double x) { return x != 0; });
  CHECK(static_cast<double>(count) == Approx(1000).margin(130));
  for (const double x : impulses) CHECK((x == 0 || (std::fabs(x) >= 0.05 && std::fabs(x) <= 1)));
}

TEST_CASE("a struck mode is the decaying sine of its formula", "[synthesis]") {
  const Signal ring = strike({{1000, 0.5, 0.2}}, 0.3);
  REQUIRE(ring.size() == 4800);
  for (const std::size_t i : {0U, 1U, 7U, 100U, 3200U}) {
    const double t = static_cast<double>(i) / kRateHz;
    CHECK(ring[i] == Approx(0.5 * std::pow(10, -3 * t / 0.2) * std::sin(6.283185307179586 * 1000 * t)).margin(1e-8));
  }
  const Signal two = strike({{500, 1, 1}, {9000, 1, 1}}, 0.5);  // the second lies above what the rate can carry
  CHECK(two == strike({{500, 1, 1}}, 0.5));
}
