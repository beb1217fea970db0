// SPDX-License-Identifier: Apache-2.0
#include "evaluation/statistics.h"

#include <catch2/catch.hpp>

using namespace soundfold::evaluation;

TEST_CASE("Wilson's interval agrees with arithmetic by hand", "[evaluation]") {
  // p = 0.9, n = 10, z^2 = 3.841459: (0.9 + 0.19207 -+ 1.959964 sqrt(0.009 + 0.0096036)) / 1.3841459.
  const auto nine_of_ten = wilson_interval(9, 10);
  CHECK(nine_of_ten.low == Approx(0.59585).margin(2e-5));
  CHECK(nine_of_ten.high == Approx(0.98213).margin(2e-5));
  // All right: n / (n + z^2) to 1.
  const auto all = wilson_interval(16, 16);
  CHECK(all.low == Approx(16 / (16 + 3.841459)).margin(1e-6));
  CHECK(all.high == Approx(1));
  CHECK(wilson_interval(0, 16).low == Approx(0).margin(1e-12));
  CHECK(wilson_interval(0, 0).low == 0);
  CHECK(wilson_interval(0, 0).high == 1);
}

TEST_CASE("reliability bins hold every clip, also at both ends", "[evaluation]") {
  const auto bins = reliability_bins({0, 0.05, 0.55, 0.59, 1}, {false, true, true, false, true});
  REQUIRE(bins.size() == 10);
  CHECK(bins[0].count == 2);
  CHECK(bins[0].correct == 1);
  CHECK(bins[5].count == 2);
  CHECK(bins[5].mean_confidence == Approx(0.57));
  CHECK(bins[9].count == 1);
  CHECK(bins[3].count == 0);
}

TEST_CASE("the majority class is the first of the largest", "[evaluation]") {
  soundfold::evaluation::Metrics metrics;
  CHECK(majority_class(metrics) == -1);
  metrics.classes.resize(3);
  metrics.classes[1].support = metrics.classes[2].support = 4;
  CHECK(majority_class(metrics) == 1);
}
