// SPDX-License-Identifier: Apache-2.0
#include "optimization/losses.h"

#include "text/choice.h"

#include <catch2/catch.hpp>

#include <set>

using namespace soundfold;
using optimization::losses_of;

TEST_CASE("every loss has a row, a function and its properties", "[optimization]") {
  const auto logits = torch::log(torch::tensor({{1.0F, 2.0F, 5.0F}, {6.0F, 1.0F, 1.0F}}));
  const auto targets = torch::tensor({2, 0}, torch::kLong);
  std::set<double> distinct;
  for (const auto& name : choice_names<config::Loss>()) {
    INFO(name);
    const auto loss = choice_named<config::Loss>(name).value();
    CHECK(config::properties_of(loss).name == name);
    const auto losses = losses_of(loss, {logits, targets, {}, 0, 2});
    REQUIRE(losses.sizes() == torch::IntArrayRef({2}));
    CHECK(losses.gt(0).all().item<bool>());
    distinct.insert(losses.sum().item<double>());
    // Targets as numbers and as a table of 0 and 1 are the same.
    CHECK(torch::allclose(losses, losses_of(loss, {logits, optimization::dense_targets(targets, 3), {}, 0, 2})));
    const bool uses_gamma = !torch::allclose(losses, losses_of(loss, {logits, targets, {}, 0, 0}));
    CHECK(uses_gamma == config::properties_of(loss).has_gamma);
  }
  CHECK(distinct.size() == choice_names<config::Loss>().size());
  CHECK(config::properties_of(config::Loss::binary_cross_entropy).decides_each_class);
  CHECK_FALSE(config::properties_of(config::Loss::focal).decides_each_class);
}
