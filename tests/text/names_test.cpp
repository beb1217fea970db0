// SPDX-License-Identifier: Apache-2.0
#include "text/names.h"

#include "support/errors.h"

#include <catch2/catch.hpp>

using namespace soundfold;

namespace {

const std::string kComposed = "caf\xc3\xa9";     // e with acute as one character, U+00E9
const std::string kDecomposed = "cafe\xcc\x81";  // e followed by U+0301, as macOS writes file names

}  // namespace

TEST_CASE("a name is composed, trimmed and single-spaced", "[text]") {
  CHECK(tidy_name("dog") == "dog");
  CHECK(tidy_name(kDecomposed) == kComposed);
  CHECK(tidy_name(" \tcar  horn\r\n") == "car horn");
  CHECK(tidy_name("\xc2\xa0"
                  "cat\xe3\x80\x80") == "cat");  // no-break and ideographic space
  CHECK(tidy_name(" \n ").empty());
  CHECK(tidy_name("Dog") == "Dog");
  CHECK(tidy_name("\xed\x95\x9c") == "\xed\x95\x9c");                          // Hangul syllable HAN
  CHECK(tidy_name("\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab") == "\xed\x95\x9c");  // its three letters
}

TEST_CASE("keys ignore case beyond ASCII, white space and Unicode form", "[text]") {
  CHECK(name_key("Dog") == name_key("dOG "));
  CHECK(name_key("CAF\xc3\x89") == name_key(kDecomposed));
  CHECK(name_key("Stra\xc3\x9f"
                 "e") == name_key("STRASSE"));
  CHECK(name_key("car horn") == name_key("Car   Horn"));
  CHECK(name_key("carhorn") != name_key("car horn"));
  CHECK(name_key("dog") != name_key("d\xc3\xb6g"));
}

TEST_CASE("text that is not UTF-8 is no name", "[text]") {
  for (const std::string text : {"caf\xe9", "\xff\xfe", "a\xc3", "\xed\xa0\x80"}) {
    CHECK_THROWS_AS(tidy_name(text), DataError);
    CHECK_THROWS_WITH(name_key(text), Catch::Contains("not UTF-8"));
  }
}

TEST_CASE("a name is found as written before it is found by key", "[text]") {
  const std::vector<std::string> names = {"Dog", "dog", kComposed};
  CHECK(find_name("dog", names) == 1U);
  CHECK(find_name("DOG", names) == 0U);
  CHECK(find_name(kDecomposed, names) == 2U);
  CHECK_FALSE(find_name("cat", names));
  CHECK_FALSE(find_name("", names));
}
