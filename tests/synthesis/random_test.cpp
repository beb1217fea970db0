// SPDX-License-Identifier: Apache-2.0
#include "support/random.h"

#include "synthesis/internal/exact_math.h"
#include "synthesis/internal/rhythm.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <set>

using namespace soundfold;
using namespace soundfold::synthesis;

TEST_CASE("the stream is SplitMix64's, as its authors' program gives it for the seed 1234567", "[synthesis]") {
  Random random(1234567);
  CHECK(mixed_bits(1234567) == 6457827717110365317U);
  CHECK(random.bits() == 6457827717110365317U);
  CHECK(random.bits() == 3203168211198807973U);
  CHECK(random.bits() == 9817491932198370423U);
  CHECK(random.bits() == 4593380528125082431U);
  CHECK(random.bits() == 16408922859458223821U);
}

TEST_CASE("64 bits give a number from 0 to below 1 in steps of 2^-53", "[synthesis]") {
  CHECK(unit_interval(0x7FFU) == 0);
  CHECK(unit_interval(0x800U) == 0x1p-53);
  CHECK(unit_interval(~std::uint64_t{0}) == 1 - 0x1p-53);
}

TEST_CASE("a child stream depends on seed, purpose and draws so far, and uses none up", "[synthesis]") {
  Random random(7);
  const std::uint64_t first = random.child("a").bits();
  CHECK(random.child("a").bits() == first);
  CHECK(random.child("b").bits() != first);
  CHECK(Random(8).child("a").bits() != first);
  CHECK(random.bits() == Random(7).bits());
  CHECK(random.child("a").bits() != first);
}

TEST_CASE("draws keep their ranges and means", "[synthesis]") {
  Random random(3);
  constexpr int kDraws = 20000;
  double uniform = 0, below_geometric_mean = 0, bell = 0, bell_squared = 0, heads = 0;
  std::set<int> seen;
  for (int i = 0; i < kDraws; ++i) {
    const double u = random.uniform(-2, 6), r = in_ratio(random, 1, 100), b = random.bell();
    CHECK((u >= -2 && u < 6));
    CHECK((r >= 1 && r <= 100));
    CHECK(std::fabs(b) <= 3.5);
    uniform += u;
    below_geometric_mean += r < 10;
    bell += b;
    bell_squared += b * b;
    heads += random.chance(0.3);
    seen.insert(random.integer(-1, 2));
  }
  // Limits of four standard errors.
  CHECK(uniform / kDraws == Approx(2).margin(4 * 8 / std::sqrt(12.0 * kDraws)));
  CHECK(below_geometric_mean / kDraws == Approx(0.5).margin(4 * 0.5 / std::sqrt(kDraws)));
  CHECK(bell / kDraws == Approx(0).margin(4 / std::sqrt(kDraws)));
  CHECK(bell_squared / kDraws == Approx(1).margin(0.04));
  CHECK(heads / kDraws == Approx(0.3).margin(0.013));
  CHECK(seen == std::set<int>{-1, 0, 1, 2});
}

TEST_CASE("steady times keep their period, random ones their rate", "[synthesis]") {
  Random random(5);
  const auto steady = steady_times(random, 100, 0.5, 0.2);
  REQUIRE(steady.size() > 190);
  CHECK(steady.front() < 0.5);
  CHECK(steady.back() < 100);
  for (std::size_t i = 1; i < steady.size(); ++i) {
    const double gap_s = steady[i] - steady[i - 1];
    CHECK((gap_s > 0.399 && gap_s < 0.601));
  }
  const auto events = random_times(random, 1000, 5);
  CHECK(static_cast<double>(events.size()) == Approx(5000).margin(4 * std::sqrt(5000.0)));
  // In a Poisson process a share of 1 - 1/e of the gaps is shorter than the mean.
  double shorter = 0;
  for (std::size_t i = 1; i < events.size(); ++i) shorter += events[i] - events[i - 1] < 0.2;
  CHECK(shorter / static_cast<double>(events.size()) == Approx(0.632).margin(0.03));
}
