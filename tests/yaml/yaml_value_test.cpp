// SPDX-License-Identifier: Apache-2.0
#include "yaml/yaml_value.h"

#include <catch2/catch.hpp>

#include <string>
#include <utility>
#include <vector>

using namespace soundfold;

TEST_CASE("numbers are written in their shortest exact form", "[yaml]") {
  CHECK(yaml_text(0.001) == "0.001");
  CHECK(yaml_text(1e-7) == "1e-07");
  CHECK(std::stod(yaml_text(1.0 / 3)) == 1.0 / 3);
  CHECK(readable_text(1e6) == "1000000");
  CHECK(readable_text(0.5) == "0.5");
}

TEST_CASE("lists and maps are written in YAML's flow style", "[yaml]") {
  CHECK(yaml_text(std::vector<std::string>{"a", "b, c", "12"}) == "[a, \"b, c\", \"12\"]");
  CHECK(yaml_text(std::vector<std::pair<std::string, std::vector<std::string>>>{{"a b", {"c"}}, {"d", {"e", "f"}}}) ==
        "{\"a b\": [c], d: [e, f]}");
}
