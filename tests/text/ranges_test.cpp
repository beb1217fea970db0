// SPDX-License-Identifier: Apache-2.0
#include "text/ranges.h"

#include "support/errors.h"

#include <catch2/catch.hpp>

using namespace soundfold;
using Names = std::vector<std::string>;

TEST_CASE("ranges of numbers become names with as many digits as the first", "[text]") {
  CHECK(expanded_ranges("shard-{000008..000011}.tar") ==
        Names{"shard-000008.tar", "shard-000009.tar", "shard-000010.tar", "shard-000011.tar"});
  CHECK(expanded_ranges("{8..10}") == Names{"8", "9", "10"});
  CHECK(expanded_ranges("a{3..3}b") == Names{"a3b"});
  CHECK(expanded_ranges("{0..1}/x-{08..09}.tar") == Names{"0/x-08.tar", "0/x-09.tar", "1/x-08.tar", "1/x-09.tar"});
}

TEST_CASE("what is no range of numbers stays as it is", "[text]") {
  for (const char* text : {"", "plain.tar", "{a..c}.tar", "{1,2}.tar", "{1..}", "{..2}", "1..2", "{-1..2}", "{1..2"}) {
    CHECK(expanded_ranges(text) == Names{text});
  }
}

TEST_CASE("ranges that run backwards or name too many files are refused", "[text]") {
  CHECK_THROWS_WITH(expanded_ranges("x-{3..1}.tar"), "x-{3..1}.tar: the range {3..1} runs backwards");
  CHECK_THROWS_AS(expanded_ranges("{0..1000000}"), UsageError);
  CHECK_THROWS_AS(expanded_ranges("{0..9999}{0..999}"), UsageError);
  CHECK(expanded_ranges("{0..999999}").size() == 1'000'000);
}
