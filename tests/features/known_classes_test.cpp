// SPDX-License-Identifier: Apache-2.0
#include "features/internal/known_classes.h"

#include "support/errors.h"

#include <catch2/catch.hpp>

using namespace soundfold;
using features::read_known_classes;

namespace {

const std::vector<std::string> kOwn = {"dog", "rain", "hum"};
const std::vector<std::string> kBackbone = {"Speech", "Dog", "Bark", "Rain", "Crowing, cock-a-doodle-doo"};

}  // namespace

TEST_CASE("known classes are read as pairs of names", "[features]") {
  const auto pairs =
      read_known_classes({"dog = Dog", "dog=Bark", " rain = Crowing, cock-a-doodle-doo "}, kOwn, kBackbone);
  CHECK(pairs == features::KnownPairs{{"dog", "Dog"}, {"dog", "Bark"}, {"rain", "Crowing, cock-a-doodle-doo"}});
}

TEST_CASE("invalid known classes are refused with the nearest name", "[features]") {
  const auto refused = [](const std::string& text, const std::string& part) {
    CHECK_THROWS_WITH(read_known_classes({text}, kOwn, kBackbone), Catch::Contains(part) && Catch::Contains(text));
    CHECK_THROWS_AS(read_known_classes({text}, kOwn, kBackbone), UsageError);
  };
  refused("dog: Dog", "has no '='");
  refused("dgo = Dog", "did you mean 'dog'?");
  refused("dog = Barkk", "did you mean 'Bark'?");
  refused("= Dog", "is not one of the classes of the data");
  CHECK_THROWS_WITH(read_known_classes({"dog = Dog", "dog = Dog"}, kOwn, kBackbone), Catch::Contains("twice"));
}

TEST_CASE("the row of a known class is the mean of the backbone's", "[features]") {
  const std::vector<float> kernel = {0, 1, 10, 11, 20, 21, 30, 31, 40, 41};
  const std::vector<float> bias = {0.5F, 1.5F, 2.5F, 3.5F, 4.5F};
  const auto pairs = read_known_classes({"dog = Bark", "dog = Dog", "rain = Rain"}, kOwn, kBackbone);
  const auto known = features::known_class_rows(pairs, kOwn, kBackbone, kernel, bias);
  CHECK(torch::equal(known.mapped, torch::tensor({1.0F, 1.0F, 0.0F})));
  CHECK(torch::equal(known.kernel, torch::tensor({{15.0F, 16.0F}, {30.0F, 31.0F}, {0.0F, 0.0F}})));
  CHECK(torch::equal(known.bias, torch::tensor({2.0F, 3.5F, 0.0F})));
}
