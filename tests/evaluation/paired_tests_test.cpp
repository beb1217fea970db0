// SPDX-License-Identifier: Apache-2.0
#include "evaluation/paired_tests.h"

#include "support/errors.h"

#include <catch2/catch.hpp>

using namespace soundfold;
using evaluation::bootstrap_difference;
using evaluation::mcnemar_p;

TEST_CASE("McNemar's p of few clips is the binomial's, by hand", "[evaluation]") {
  CHECK(mcnemar_p(0, 0) == 1);
  CHECK(mcnemar_p(1, 0) == 1);                        // 2 * 1 / 2
  CHECK(mcnemar_p(0, 5) == Approx(2.0 / 32));         // 2 * 1 / 2^5
  CHECK(mcnemar_p(1, 9) == Approx(2.0 * 11 / 1024));  // 2 * (1 + 10) / 2^10
  CHECK(mcnemar_p(9, 1) == Approx(mcnemar_p(1, 9)));
  CHECK(mcnemar_p(2, 6) == Approx(2.0 * (1 + 8 + 28) / 256));
  CHECK(mcnemar_p(4, 4) == 1);
  CHECK_THROWS_AS(mcnemar_p(-1, 3), UsageError);
}

TEST_CASE("McNemar's p of many clips is that of chi-square with Edwards's correction", "[evaluation]") {
  // (|560 - 480| - 1)^2 / 1040 = 6.0009615, of one degree of freedom: 0.0143
  CHECK(mcnemar_p(560, 480) == Approx(0.01430).epsilon(0.001));
  CHECK(mcnemar_p(600, 600) == 1);
  // Both ways agree where they meet.
  CHECK(mcnemar_p(540, 460) == Approx(mcnemar_p(541, 461)).epsilon(0.03));
}

TEST_CASE("the bootstrap's interval is that of the difference, and the same each time", "[evaluation]") {
  const evaluation::PairedCounts counts{60, 25, 5, 10};
  const auto limits = bootstrap_difference(counts);
  // The difference is 0.2, its standard deviation sqrt((0.25 + 0.05 - 0.2^2) / 100) = 0.05099: 0.2 -+ 1.96 * 0.05099.
  CHECK(limits.low == Approx(0.1).margin(0.011));
  CHECK(limits.high == Approx(0.3).margin(0.011));
  const auto again = bootstrap_difference(counts);
  CHECK(again.low == limits.low);
  CHECK(again.high == limits.high);
  const auto swapped = bootstrap_difference({60, 5, 25, 10}, 3);
  CHECK(swapped.low == Approx(-limits.high).margin(0.011));
  const auto equal = bootstrap_difference({5, 0, 0, 5});
  CHECK(equal.low == 0);
  CHECK(equal.high == 0);
  CHECK(bootstrap_difference({}).high == 0);
}
