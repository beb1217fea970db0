// SPDX-License-Identifier: Apache-2.0
#include "support/csv.h"

#include "support/errors.h"

#include <catch2/catch.hpp>

using namespace soundfold;

TEST_CASE("quotes, commas, CRLF and a byte-order mark are understood", "[support]") {
  const auto table =
      CsvTable::parse("\xef\xbb\xbfindex,name\r\n0,Speech\r\n1,\"Child speech, kid \"\"speaking\"\"\"\r\n", "map.csv");
  REQUIRE(table.row_count() == 2);
  CHECK(table.integer_at(1, "index") == 1);
  CHECK(table.at(1, "name") == "Child speech, kid \"speaking\"");
}

TEST_CASE("bad CSV is named by file, row and column", "[support]") {
  CHECK_THROWS_WITH(CsvTable::parse("", "a.csv"), Catch::Contains("a.csv: empty"));
  CHECK_THROWS_WITH(CsvTable::parse("a,b\n1,2\n3\n", "a.csv"),
                    Catch::Contains("a.csv, row 3: 1 fields, the header has 2"));
  CHECK_THROWS_WITH(CsvTable::parse("a,a\n1,2\n", "a.csv"), Catch::Contains("stands twice"));
  CHECK_THROWS_WITH(CsvTable::parse("a\n\"open\n", "a.csv"), Catch::Contains("not valid CSV"));
  const auto table = CsvTable::parse("a,b\n1,2x\n", "a.csv");
  CHECK_THROWS_WITH(table.integer_at(0, "b"), Catch::Contains("row 2, column 'b': '2x' is not a whole number"));
  CHECK_THROWS_WITH(table.at(0, "c"), Catch::Contains("no column 'c' (it has: a, b)"));
}

TEST_CASE("messages about CSV stay one line, whatever the fields hold", "[support]") {
  const auto table = CsvTable::parse("a,\"b\nc\"\n\"two\nlines\",2\n", "a.csv");
  CHECK_THROWS_WITH(table.integer_at(0, "a"),
                    Catch::Equals("a.csv, row 2, column 'a': 'two?lines' is not a whole number"));
  CHECK_THROWS_WITH(table.at(0, "d"), Catch::Equals("a.csv: no column 'd' (it has: a, b?c)"));
  CHECK_THROWS_WITH(CsvTable::parse("\"a\rb\",\"a\rb\"\n", "a.csv"), Catch::Contains("'a?b' stands twice"));
}

TEST_CASE("rows of nothing but commas are refused before they fill the memory", "[support]") {
  CHECK_THROWS_WITH(CsvTable::parse(std::string(1000, ','), "a.csv"),
                    Catch::Contains("a row has more than 1000 fields"));
  CHECK_THROWS_WITH(CsvTable::parse("a,b\n" + std::string(1'000'000, ',') + "\n", "a.csv"),
                    Catch::Contains("a row has more than 1000 fields"));
  CHECK_THROWS_WITH(CsvTable::parse(std::string(999, ','), "a.csv"), Catch::Contains("stands twice"));
}

TEST_CASE("lists of more fields than allowed are refused before they fill the memory", "[support]") {
  std::string text = "a,b\n";
  for (int row = 0; row < 40'000; ++row) text += "1,2\n";  // longer than what is parsed between two looks at the limits
  CHECK(CsvTable::parse(text, "a.csv", 80'002).row_count() == 40'000);
  CHECK_THROWS_WITH(CsvTable::parse(text, "a.csv", 80'001),
                    Catch::Equals("a.csv: too many fields for one list; split it"));
  CHECK_THROWS_WITH(CsvTable::parse(text, "a.csv", 5), Catch::Contains("too many fields"));
}

TEST_CASE("fields and quotes may lie across the blocks that are parsed at a time", "[support]") {
  const std::string large(200'000, 'x');
  const auto table = CsvTable::parse("a,b\n\"" + large + "\"\"y\",2\n3,4\n", "a.csv");
  REQUIRE(table.row_count() == 2);
  CHECK(table.at(0, "a") == large + "\"y");
  CHECK(table.integer_at(1, "b") == 4);
}
