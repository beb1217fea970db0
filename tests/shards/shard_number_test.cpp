// SPDX-License-Identifier: Apache-2.0
#include "shards/shard_number.h"

#include "support/errors.h"

#include <catch2/catch.hpp>

#include <vector>

using namespace soundfold;
using namespace soundfold::shards;

TEST_CASE("a shard is read from I/N and named", "[shards]") {
  const auto number = shard_number("3/8");
  CHECK(number.index == 3);
  CHECK(number.count == 8);
  CHECK(number.text() == "3/8");
  CHECK(number.folder_name() == "shard-00003-of-00008");
  CHECK(shard_number("0/1").count == 1);
  CHECK(shard_number("99999/100000").index == 99'999);
}

TEST_CASE("what is no shard is refused in one line", "[shards]") {
  for (const char* text : {"8/8", "9/8", "-1/4", "1/-4", "a/b", "3", "", "/", "3/", "/8", "0/0", "1.5/4", " 1/4",
                           "1/4 ", "+1/4", "1/4/5", "0/100001", "99999999999/99999999999"}) {
    INFO(text);
    CHECK_THROWS_AS(shard_number(text), UsageError);
    CHECK_THROWS_WITH(shard_number(text), Catch::Contains("is not I/N") && !Catch::Contains("\n"));
  }
  CHECK_THROWS_WITH(shard_number("8/8"), Catch::Contains("the last one is 7/8"));
}

TEST_CASE("a clip's shard depends on its name and on the count alone, and shards are about equal", "[shards]") {
  // XXH3 of "a" is 0xE6C632B61E964E1F (xxhash 0.8, XXH3_64bits), which is 7 modulo 8 and 31 modulo 256.
  CHECK(shard_of("a", 8) == 7);
  CHECK(shard_of("a", 256) == 31);
  CHECK(shard_of("a", 1) == 0);
  std::vector<int> clips(8);
  for (int i = 0; i < 8000; ++i) ++clips[static_cast<std::size_t>(shard_of("clip" + std::to_string(i), 8))];
  // A binomial count of mean 1000 has a standard deviation of 30.
  for (const int count : clips) CHECK((count > 850 && count < 1150));
}
