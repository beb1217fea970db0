// SPDX-License-Identifier: Apache-2.0
#include "event_scoring/bootstrap.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <limits>
#include <numeric>

using namespace soundfold;
using event_scoring::bootstrap_interval;

TEST_CASE("the interval of a mean is that of the normal distribution", "[event_scoring]") {
  // 400 units, half of them 1: the mean's deviation is 0.5 / 20.
  std::vector<double> values(400);
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<double>(i % 2) + 1e-6 * static_cast<double>(i);
  const auto mean = [&](const std::vector<int>& times) {
    double sum = 0;
    for (std::size_t i = 0; i < values.size(); ++i) sum += times[i] * values[i];
    return sum / 400;
  };
  const auto interval = bootstrap_interval(400, mean, 3, 4000);
  CHECK(interval.low == Approx(0.5 - 1.96 * 0.025).margin(0.006));
  CHECK(interval.high == Approx(0.5 + 1.96 * 0.025).margin(0.006));
  const auto again = bootstrap_interval(400, mean, 3, 4000);
  CHECK(again.low == interval.low);
  CHECK(bootstrap_interval(400, mean, 4, 4000).low != interval.low);
}

TEST_CASE("as many units are drawn as there are; what does not exist is left out", "[event_scoring]") {
  bool all = true;
  bootstrap_interval(7, [&](const std::vector<int>& times) {
    all = all && std::accumulate(times.begin(), times.end(), 0) == 7;
    return 0.0;
  });
  CHECK(all);
  const auto none =
      bootstrap_interval(3, [](const std::vector<int>&) { return std::numeric_limits<double>::quiet_NaN(); });
  CHECK(std::isnan(none.low));
  CHECK(std::isnan(bootstrap_interval(0, [](const std::vector<int>&) { return 1.0; }).high));
}
