// SPDX-License-Identifier: Apache-2.0
#include "features/internal/known_classes.h"

#include "support/errors.h"

#include <catch2/catch.hpp>

using namespace soundfold;
using features::known_pairs;

namespace {

const std::vector<std::string> kOwn = {"dog", "rain", "hum"};
const std::vector<std::string> kBackbone = {"Speech", "Dog", "Bark", "Rain", "Crowing, cock-a-doodle-doo"};

}  // namespace

TEST_CASE("known classes become pairs of the names that there are", "[features]") {
  const auto pairs =
      known_pairs({{"DOG", {"Dog", "bark"}}, {"rain", {"Crowing,  cock-a-doodle-doo"}}}, kOwn, kBackbone);
  CHECK(pairs == features::KnownPairs{{"dog", "Dog"}, {"dog", "Bark"}, {"rain", "Crowing, cock-a-doodle-doo"}});
}

TEST_CASE("invalid known classes are refused with the nearest name", "[features]") {
  const auto refused = [](const std::string& own, const std::string& theirs, const std::string& part) {
    const config::NameLists known = {{own, {theirs}}};
    CHECK_THROWS_WITH(known_pairs(known, kOwn, kBackbone), Catch::Contains(part));
    CHECK_THROWS_AS(known_pairs(known, kOwn, kBackbone), UsageError);
  };
  refused("dgo", "Dog", "'dgo' is not one of the classes of the data; did you mean 'dog'?");
  refused("dog", "Barkk", "'Barkk' is not one of the backbone's classes; did you mean 'Bark'?");
  CHECK_THROWS_WITH(known_pairs({{"dog", {"Dog", "dog"}}}, kOwn, kBackbone), Catch::Contains("twice"));
}

TEST_CASE("the row of a known class is the mean of the backbone's", "[features]") {
  const std::vector<float> kernel = {0, 1, 10, 11, 20, 21, 30, 31, 40, 41};
  const std::vector<float> bias = {0.5F, 1.5F, 2.5F, 3.5F, 4.5F};
  const auto pairs = known_pairs({{"dog", {"Bark", "Dog"}}, {"rain", {"Rain"}}}, kOwn, kBackbone);
  const auto known = features::known_class_rows(pairs, kOwn, kBackbone, kernel, bias);
  CHECK(torch::equal(known.mapped, torch::tensor({1.0F, 1.0F, 0.0F})));
  CHECK(torch::equal(known.kernel, torch::tensor({{15.0F, 16.0F}, {30.0F, 31.0F}, {0.0F, 0.0F}})));
  CHECK(torch::equal(known.bias, torch::tensor({2.0F, 3.5F, 0.0F})));
}
