// SPDX-License-Identifier: Apache-2.0
#include "text/choice.h"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace soundfold;

namespace colours {

enum class Colour { red, dark_blue };

constexpr ChoiceNames<Colour> choice_names_of(Colour) {
  return {{"red", "dark blue"}};
}

}  // namespace colours

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
