// SPDX-License-Identifier: Apache-2.0
#include "network/batch_norm.h"

#include <catch2/catch.hpp>

using namespace soundfold;

TEST_CASE("a batch norm is folded as by hand", "[network]") {
  // Two output channels of two taps; 1 / sqrt(0.24 + 0.01) = 2 and 1 / sqrt(3.99 + 0.01) = 0.5.
  const network::LayerValues layer{{1, -2, 3, 4}, {0.5F, 1}, {0.25F, -6}, {0.24F, 3.99F}};
  const auto folded = network::fold_batch_norm(layer, 0.01);
  REQUIRE(folded.kernel.size() == 4);
  CHECK(folded.kernel[0] == Approx(2));
  CHECK(folded.kernel[1] == Approx(-4));
  CHECK(folded.kernel[2] == Approx(1.5));
  CHECK(folded.kernel[3] == Approx(2));
  REQUIRE(folded.bias.size() == 2);
  CHECK(folded.bias[0] == Approx(0.5 - 0.25 * 2).margin(1e-6));
  CHECK(folded.bias[1] == Approx(1 + 6 * 0.5));
}

TEST_CASE("a plain batch norm adds the bias and nothing else", "[network]") {
  for (const double epsilon : {1e-4, 1e-3}) {
    const auto values = network::with_plain_batch_norm({{0.5F, -3, 7, 11}, {2, -0.125F}}, epsilon);
    CHECK(values.mean == std::vector<float>{0, 0});
    CHECK(values.variance == std::vector<float>(2, network::folded_variance(epsilon)));
    const auto again = network::fold_batch_norm(values, epsilon);
    for (std::size_t i = 0; i < 4; ++i) CHECK(again.kernel[i] == Approx(values.kernel[i]).epsilon(1e-7));
    CHECK(again.bias == std::vector<float>{2, -0.125F});
  }
  CHECK(network::folded_variance(1e-4) == 0.9999F);
}
