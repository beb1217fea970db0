// SPDX-License-Identifier: Apache-2.0
#include "search/nearest.h"

#include "support/random.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>

using namespace soundfold;
using search::Vectors;

namespace {

/// Vectors on the unit circle at these angles in degrees.
Vectors on_circle(const std::vector<double>& degrees) {
  Vectors vectors{2, {}};
  for (const double angle : degrees) {
    vectors.values.push_back(static_cast<float>(std::cos(angle * 3.14159265358979 / 180)));
    vectors.values.push_back(static_cast<float>(std::sin(angle * 3.14159265358979 / 180)));
  }
  return vectors;
}

Vectors random_vectors(std::size_t count, std::size_t size) {
  Vectors vectors{size, {}};
  Random random(7);
  for (std::size_t i = 0; i < count * size; ++i) vectors.values.push_back(static_cast<float>(random.bell()));
  search::to_unit_length(vectors);
  return vectors;
}

}  // namespace

TEST_CASE("the nearest come first, with their cosines", "[search]") {
  const auto vectors = on_circle({90, 30, 200, 60, 0, 10});
  const auto found = search::nearest_of_each(vectors, 3).at(5);
  REQUIRE(found.size() == 3);
  CHECK(found[0].index == 4);
  CHECK(found[1].index == 1);
  CHECK(found[2].index == 3);
  CHECK(found[0].cosine == Approx(std::cos(10 * 3.14159265358979 / 180)));
  CHECK(found[2].cosine == Approx(std::cos(50 * 3.14159265358979 / 180)));
  CHECK(search::nearest_of_each(vectors, 100).at(5).size() == 5);
  CHECK(search::nearest_of_each(vectors, 0).at(5).empty());
  CHECK(search::nearest_of_each({}, 3).empty());
}

TEST_CASE("of equals the first is nearer, and a vector is no neighbour of itself", "[search]") {
  const auto vectors = on_circle({0, 40, 40, 40});
  const auto all = search::nearest_of_each(vectors, 2);
  REQUIRE(all.size() == 4);
  CHECK(all[0][0].index == 1);
  CHECK(all[0][1].index == 2);
  CHECK(all[2][0].index == 1);
  CHECK(all[2][1].index == 3);
}

TEST_CASE("blocks give what every pair by itself gives", "[search]") {
  // More than one block of queries and of rows.
  const auto vectors = random_vectors(4500, 6);
  const auto all = search::nearest_of_each(vectors, 3);
  REQUIRE(all.size() == 4500);
  for (const std::size_t query : {std::size_t{0}, std::size_t{257}, std::size_t{4099}, std::size_t{4499}}) {
    std::size_t best = query == 0 ? 1 : 0;
    double best_cosine = -2;
    for (std::size_t i = 0; i < vectors.count(); ++i) {
      double cosine = 0;
      for (std::size_t k = 0; k < 6; ++k) {
        cosine += static_cast<double>(vectors.row(query)[k]) * static_cast<double>(vectors.row(i)[k]);
      }
      if (i != query && cosine > best_cosine) {
        best = i;
        best_cosine = cosine;
      }
    }
    CHECK(all[query].front().index == best);
    CHECK(static_cast<double>(all[query].front().cosine) == Approx(best_cosine).margin(1e-6));
  }
}
