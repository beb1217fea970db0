// SPDX-License-Identifier: Apache-2.0
#include "search/vectors.h"

#include "support/errors.h"

#include <catch2/catch.hpp>

#include <cmath>

using namespace soundfold;
using search::Vectors;

TEST_CASE("a clip's vector is the mean of its patches", "[search]") {
  Vectors vectors;
  const float rows[] = {1, 2, 3, 4, 5, 9};
  search::append_mean(vectors, rows, 3, 2);
  search::append_mean(vectors, rows, 1, 2);
  REQUIRE(vectors.count() == 2);
  CHECK(vectors.values == std::vector<float>{3, 5, 1, 2});
  CHECK_THROWS_AS(search::append_mean(vectors, rows, 1, 3), UsageError);
  CHECK_THROWS_AS(search::append_mean(vectors, rows, 0, 2), UsageError);
}

TEST_CASE("vectors get unit length, and zeros stay", "[search]") {
  Vectors vectors{2, {3, 4, 0, 0}};
  search::to_unit_length(vectors);
  CHECK(vectors.row(0)[0] == Approx(0.6));
  CHECK(vectors.row(0)[1] == Approx(0.8));
  CHECK(vectors.row(1)[0] == 0);
}

TEST_CASE("standardizing takes away the mean and the spread of each value", "[search]") {
  // Means 2 and 10, deviations 1 and 4; 5 % of 4 is added to both: (-1 / 1.2, 4 / 4.2) and (1 / 1.2, -4 / 4.2).
  const Vectors result = search::standardized({2, {1, 14, 3, 6}});
  const double x = 1 / 1.2, y = 4 / 4.2, length = std::sqrt(x * x + y * y);
  CHECK(result.row(0)[0] == Approx(-x / length));
  CHECK(result.row(0)[1] == Approx(y / length));
  CHECK(result.row(1)[0] == Approx(x / length));
  CHECK(result.row(1)[1] == Approx(-y / length));
  // Equal vectors have no spread.
  CHECK(search::standardized({1, {5, 5}}).values == std::vector<float>{0, 0});
}
