// SPDX-License-Identifier: Apache-2.0
#include "store/recipe.h"

#include "support/errors.h"

#include <catch2/catch.hpp>

#include <functional>
#include <set>

using namespace soundfold;
using store::Recipe;

TEST_CASE("the canonical text of a recipe is fixed", "[store]") {
  Recipe recipe;
  recipe.weights_digest = "abc";
  recipe.arithmetic = "torchscript float32";
  recipe.conformance_number = 1;
  recipe.decode_recipe = "mean-channels";
  CHECK(recipe.text() ==
        "weights_digest=abc\narithmetic=torchscript float32\nconformance_number=1\ndecode_recipe=mean-channels\n"
        "patch_hop_frames=48\ndtype=float32\nvariant=\n");
  recipe.variant = "two\nlines";
  CHECK_THROWS_AS(recipe.text(), UsageError);
}

TEST_CASE("each part of the recipe and the audio's digest change the key", "[store]") {
  const std::vector<std::function<void(Recipe&)>> changes = {
      [](Recipe&) {},
      [](Recipe& r) { r.weights_digest = "x"; },
      [](Recipe& r) { r.arithmetic = "x"; },
      [](Recipe& r) { r.conformance_number = 7; },
      [](Recipe& r) { r.decode_recipe = "x"; },
      [](Recipe& r) { r.patch_hop_frames = 24; },
      [](Recipe& r) { r.dtype = "float16"; },
      [](Recipe& r) { r.variant = "x"; },
  };
  std::set<std::string> keys;
  for (const auto& change : changes) {
    Recipe recipe;
    change(recipe);
    keys.insert(store::record_key("0123", recipe));
    keys.insert(store::record_key("4567", recipe));
  }
  CHECK(keys.size() == 2 * changes.size());
}

TEST_CASE("two recipes say what differs", "[store]") {
  Recipe here;
  Recipe there;
  CHECK(store::describe_difference(here.text(), there.text()).empty());
  there.patch_hop_frames = 24;
  there.variant = "noise";
  CHECK(store::describe_difference(here.text(), there.text()) ==
        "patch_hop_frames (48 here, 24 there), variant (none here, noise there)");
  CHECK(store::describe_difference("a=1\n", "a=1\nb=2\n") == "b (none here, 2 there)");
}
