// SPDX-License-Identifier: Apache-2.0
#include "dataset/wording.h"

#include <catch2/catch.hpp>

using namespace soundfold::dataset;

TEST_CASE("the nouns of counts agree", "[dataset]") {
  CHECK(counted(1, "clip") == "1 clip");
  CHECK(counted(2000, "clip") == "2,000 clips");
  CHECK(counted(2, "class") == "2 classes");
  CHECK(counted(0, "stretch") == "0 stretches");
  CHECK(counted(3, "epoch") == "3 epochs");
}

TEST_CASE("lists and folds are shortened in messages", "[dataset]") {
  CHECK(joined({}, 3).empty());
  CHECK(joined({"a", "b", "c"}, 3) == "a, b, c");
  CHECK(joined({"a", "b", "c"}, 2) == "a, b and 1 more");
  CHECK(named_folds({4}) == "fold 4");
  CHECK(named_folds({1, 2, 3, 5}) == "folds 1-3, 5");
  CHECK(named_folds({1, 2}) == "folds 1, 2");
  CHECK(in_quotes("a\nb\x7f") == "'a?b?'");
}
