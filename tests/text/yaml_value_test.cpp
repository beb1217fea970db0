// SPDX-License-Identifier: Apache-2.0
#include "text/yaml_value.h"

#include "text/choice.h"

#include <catch2/catch.hpp>

using namespace soundfold;

namespace colours {

enum class Colour { red, dark_blue };

constexpr ChoiceNames<Colour> choice_names_of(Colour) {
  return {{"red", "dark blue"}};
}

}  // namespace colours

TEST_CASE("numbers are written in their shortest exact form", "[text]") {
  CHECK(yaml_text(0.001) == "0.001");
  CHECK(yaml_text(1e-7) == "1e-07");
  CHECK(std::stod(yaml_text(1.0 / 3)) == 1.0 / 3);
  CHECK(readable_text(1e6) == "1000000");
  CHECK(readable_text(0.5) == "0.5");
}

TEST_CASE("lists and maps are written in YAML's flow style", "[text]") {
  CHECK(yaml_text(std::vector<std::string>{"a", "b, c", "12"}) == "[a, \"b, c\", \"12\"]");
  CHECK(yaml_text(std::vector<std::pair<std::string, std::vector<std::string>>>{{"a b", {"c"}}, {"d", {"e", "f"}}}) ==
        "{\"a b\": [c], d: [e, f]}");
}

TEST_CASE("the values of an enum go by their names", "[text]") {
  using colours::Colour;
  CHECK(name_of(Colour::dark_blue) == "dark blue");
  CHECK(choice_names<Colour>() == std::vector<std::string>{"red", "dark blue"});
  CHECK(choice_named<Colour>("dark blue") == Colour::dark_blue);
  CHECK_FALSE(choice_named<Colour>("blue"));
  auto field = Colour::red;
  const Choice choice = &field;
  CHECK(choice.set("dark blue"));
  CHECK(field == Colour::dark_blue);
  CHECK_FALSE(choice.set("blue"));
  CHECK(choice.name() == "dark blue");
}
