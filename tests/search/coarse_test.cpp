// SPDX-License-Identifier: Apache-2.0
#include "search/internal/coarse.h"

#include "search/vectors.h"
#include "support/random.h"

#include <catch2/catch.hpp>

#include <cmath>

using namespace soundfold;
using search::Vectors;

namespace {

std::vector<std::int16_t> coarse(const Vectors& vectors, std::size_t row) {
  std::vector<std::int16_t> values;
  search::append_coarse(values, vectors.row(row), vectors.size);
  return values;
}

}  // namespace

TEST_CASE("a vector of unit length in 16 bits", "[search]") {
  const Vectors vectors{2, {0.6F, 0.8F, -1.0F, 0.0F, 1.0000001F, 0.0F}};
  CHECK(coarse(vectors, 0) == std::vector<std::int16_t>{19'660, 26'214});  // 19,660.2 and 26,213.6
  CHECK(coarse(vectors, 1) == std::vector<std::int16_t>{-32'767, 0});
  CHECK(coarse(vectors, 2) == std::vector<std::int16_t>{32'767, 0});
  const auto one = coarse(vectors, 0), other = coarse(vectors, 1);
  CHECK(search::coarse_dot(one.data(), other.data(), 2) == -19'660 * 32'767);
  CHECK(search::coarse_cosine(search::coarse_dot(one.data(), other.data(), 2)) == Approx(-0.6).margin(1e-5));
  // e = sqrt(4) / 2 / 32,767 = 3.0518e-5; e + (1 + e) e + 1e-5 = 7.1038e-5
  CHECK(search::coarse_error(4) == Approx(7.1038e-5).epsilon(1e-4));
}

TEST_CASE("cosines of 16 bits are within the error named", "[search]") {
  Random random(3);
  for (const std::size_t size : {std::size_t{1}, std::size_t{2}, std::size_t{33}, std::size_t{1024}}) {
    Vectors vectors{size, {}};
    const float shared =
        size > 33 ? 1.0F : 0.0F;  // the longest ones lie in a narrow cone, whose dot products are large
    for (std::size_t i = 0; i < 40 * size; ++i) vectors.values.push_back(shared + static_cast<float>(random.bell()));
    search::to_unit_length(vectors);
    for (std::size_t i = 0; i < 40; ++i) {
      const auto one = coarse(vectors, 0), other = coarse(vectors, i);
      double cosine = 0;
      for (std::size_t k = 0; k < size; ++k) {
        cosine += static_cast<double>(vectors.row(0)[k]) * static_cast<double>(vectors.row(i)[k]);
      }
      const double found = search::coarse_cosine(search::coarse_dot(one.data(), other.data(), size));
      CHECK(std::abs(found - cosine) <= search::coarse_error(size));
    }
  }
}
