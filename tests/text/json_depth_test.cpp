// SPDX-License-Identifier: Apache-2.0
#include "text/json_depth.h"

#include <catch2/catch.hpp>

#include <string>

using namespace soundfold;

TEST_CASE("the depth of a JSON text is that of its brackets, outside of strings", "[text]") {
  CHECK_FALSE(nested_deeper_than("", 0));
  CHECK_FALSE(nested_deeper_than("1", 0));
  CHECK(nested_deeper_than("[]", 0));
  CHECK_FALSE(nested_deeper_than("[1, [2], {\"a\": [3]}]", 3));
  CHECK(nested_deeper_than("[1, [2], {\"a\": [3]}]", 2));
  CHECK_FALSE(nested_deeper_than("[\"[[[\", \"\\\"[[[\", \"{\\\\\"]", 1));
  CHECK_FALSE(nested_deeper_than("][][][", 1));
  CHECK_FALSE(nested_deeper_than(std::string(100, '[') + std::string(100, ']')));
  CHECK(nested_deeper_than(std::string(1'000'000, '[')));
}
