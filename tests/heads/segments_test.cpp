// SPDX-License-Identifier: Apache-2.0
#include "heads/segments.h"

#include "device/random_streams.h"

#include <catch2/catch.hpp>

#include <numeric>
#include <vector>

using namespace soundfold;

TEST_CASE("reductions over segments of 1 to 40 rows equal those row by row", "[heads]") {
  const auto rows = torch::randn({820, 7}, make_generator(torch::kCPU, 1));
  const auto scores = torch::randn({820}, make_generator(torch::kCPU, 2)) * 20;
  std::vector<std::int64_t> counts(40);
  std::iota(counts.begin(), counts.end(), 1);
  const heads::Segments segments(counts);
  CHECK(segments.count() == 40);
  CHECK(torch::equal(segments.owners(), torch::arange(40).repeat_interleave(torch::tensor(counts, torch::kLong))));
  const auto mean = segments.mean(rows);
  const auto largest = segments.max(rows);
  const auto weighted = segments.softmax_mean(rows, scores);
  std::int64_t first = 0;
  for (std::int64_t segment = 0; segment < 40; ++segment) {
    const auto own = rows.narrow(0, first, segment + 1);
    const auto weights = torch::softmax(scores.narrow(0, first, segment + 1), 0).unsqueeze(1);
    CHECK(torch::allclose(mean[segment], own.mean(0), 1e-5, 1e-6));
    CHECK(torch::equal(largest[segment], own.amax(0)));
    CHECK(torch::allclose(weighted[segment], (own * weights).sum(0), 1e-5, 1e-6));
    first += segment + 1;
  }
}
