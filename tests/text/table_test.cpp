// SPDX-License-Identifier: Apache-2.0
#include "text/table.h"

#include <catch2/catch.hpp>

#include <stdexcept>

using namespace soundfold;

TEST_CASE("a table aligns its columns by the width that a terminal gives them", "[text]") {
  using Align = TextTable::Align;
  TextTable table({{"name"}, {"clips", Align::right}, {"state"}});
  table.add({"dog", "1,064", "here"});
  table.add({"雨", "8", ""});            // two columns of a terminal
  table.add({"cafe\u0301", "12", "x"});  // an accent that takes none
  CHECK(table.text() ==
        "name  clips  state\n"
        "dog   1,064  here\n"
        "雨        8\n"
        "cafe\u0301     12  x\n");
  CHECK(table.text(Colours(true)).rfind("\033[1mname  clips  state\033[m\ndog", 0) == 0);
  CHECK_THROWS_AS(table.add({"too", "few"}), std::invalid_argument);
}

TEST_CASE("width of text: wide and combining characters, and bytes that are no text", "[text]") {
  CHECK(text_width("dog") == 3);
  CHECK(text_width("ü") == 1);
  CHECK(text_width("雨") == 2);
  CHECK(text_width("e\u0301") == 1);
  CHECK(text_width("\xff\xfe") == 2);
}

TEST_CASE("a summary gets emphasis where colours are wanted and stays as it is elsewhere", "[text]") {
  const std::string summary =
      "dogcat\n"
      "  clips right   100.00 % (16/16)\n"
      "  windows right 98.51 % (132/134) of those with sound; with the 26 silent ones 82.50 % (132/160)\n"
      "  warning       no negative class\n"
      "\n"
      "Clips by class   clips  correct\n"
      "dog                  8        8\n";
  CHECK(emphasised(summary, Colours()) == summary);
  CHECK(emphasised(summary, Colours(true)) ==
        "\033[1mdogcat\033[m\n"
        "  \033[36mclips right\033[m   \033[1;32m100.00 % (16/16)\033[m\n"
        "  \033[36mwindows right\033[m \033[1m98.51 % (132/134)\033[m of those with sound; with the 26 silent ones "
        "\033[1m82.50 % (132/160)\033[m\n"
        "\033[33m  warning       no negative class\033[m\n"
        "\n"
        "\033[1mClips by class   clips  correct\033[m\n"
        "dog                  8        8\n");
}
