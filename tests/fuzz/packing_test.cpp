// SPDX-License-Identifier: Apache-2.0
#include "packing.h"

#include <catch2/catch.hpp>

using namespace soundfold::fuzz;

TEST_CASE("packing gives the same bytes back", "[fuzz]") {
  const std::string escape = "\xA7";
  for (const std::string& bytes :
       {std::string(), std::string("abc"), escape, escape + escape + "x", std::string(1000, '\0'),
        std::string("odd") + std::string(1003, '\0') + "end", std::string(40, '\xA7'), std::string(16, 'a') + "b"}) {
    CHECK(unpacked(packed(bytes), 10'000) == bytes);
  }
  CHECK(packed(std::string(1'000'000, '\0')).size() == 8);
}

TEST_CASE("any bytes unpack to something within the limit", "[fuzz]") {
  CHECK(unpacked("\xA7", 100) == "\xA7");
  CHECK(unpacked(std::string("\xA7\xFF\xFF\xFF", 4), 100) == std::string("\xA7\xFF\xFF\xFF", 4));
  CHECK(unpacked(std::string("\xA7\xFF\xFF\xFF"
                             "abcd",
                             8),
                 10) == "abcdabcdab");
  CHECK(unpacked("abcdef", 3) == "abc");
}
