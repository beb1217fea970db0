// SPDX-License-Identifier: Apache-2.0
#include "soundscapes/plan.h"

#include "support/errors.h"

#include <catch2/catch.hpp>

using namespace soundfold;
using soundscapes::drawn_starts;

TEST_CASE("events keep their distance to each other and to both ends", "[soundscapes]") {
  Random random(5);
  for (int round = 0; round < 200; ++round) {
    std::vector<double> durations;
    for (int i = 0; i < 8; ++i) durations.push_back(random.uniform(0.1, 3));
    const auto starts = drawn_starts(durations, 60, 2, random);
    REQUIRE(starts.size() == durations.size());
    double end = 0;
    for (std::size_t i = 0; i < starts.size(); ++i) {
      REQUIRE(starts[i] >= end + 2 - 1e-9);
      end = starts[i] + durations[i];
    }
    REQUIRE(end <= 58 + 1e-9);
  }
}

TEST_CASE("events that just fit have one place; one more sample has none", "[soundscapes]") {
  Random random(1);
  const auto starts = drawn_starts({3, 4}, 13, 2, random);
  CHECK(starts[0] == Approx(2));
  CHECK(starts[1] == Approx(7));
  CHECK_THROWS_AS(drawn_starts({3, 4.01}, 13, 2, random), UsageError);
  CHECK(drawn_starts({}, 13, 2, random).empty());
}
