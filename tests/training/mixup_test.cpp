// SPDX-License-Identifier: Apache-2.0
#include "training/internal/mixup.h"

#include "device/random_streams.h"

#include <catch2/catch.hpp>

using namespace soundfold;
using training::Mixup;

TEST_CASE("mixup mixes vectors and targets by the same share", "[training]") {
  const Mixup mixup(0.4, {9, 9, 9}, make_generator(torch::kCPU, 2));
  const auto vectors = torch::eye(9);
  const auto targets = torch::arange(9);
  const auto mixed = mixup.mix({vectors, targets}, 1, 9);
  // With one-hot vectors the targets of a mixture are the mixture itself.
  CHECK(torch::allclose(mixed.vectors, mixed.targets));
  CHECK(torch::allclose(mixed.targets.sum(1), torch::ones({9})));
  CHECK(mixed.targets.diagonal().min().item<double>() >= mixup.share(1) - 1e-6);
  CHECK_FALSE(torch::equal(mixed.vectors, vectors));
}

TEST_CASE("shares come from Beta(alpha, alpha), folded to the larger part", "[training]") {
  constexpr std::int64_t kDraws = 20000;
  const Mixup even(1.0, std::vector<std::int64_t>(kDraws, 1), make_generator(torch::kCPU, 2));
  double mean = 0;
  for (std::int64_t i = 0; i < kDraws; ++i) {
    REQUIRE(even.share(i) >= 0.5);
    REQUIRE(even.share(i) <= 1.0);
    mean += even.share(i) / kDraws;
  }
  CHECK(mean == Approx(0.75).margin(0.005));  // Beta(1, 1) is uniform
}

TEST_CASE("mixup off or alone changes nothing", "[training]") {
  const Mixup off(0, {2, 2}, make_generator(torch::kCPU, 2));
  const Mixup on(0.4, {1, 2}, make_generator(torch::kCPU, 2));
  const auto targets = torch::arange(2);
  CHECK(torch::equal(off.mix({torch::eye(2), targets}, 0, 2).targets, targets));
  CHECK(torch::equal(on.mix({torch::eye(1), targets.narrow(0, 0, 1)}, 0, 2).targets, targets.narrow(0, 0, 1)));
}
