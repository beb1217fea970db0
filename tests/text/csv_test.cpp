// SPDX-License-Identifier: Apache-2.0
#include "text/csv.h"

#include "support/errors.h"

#include <catch2/catch.hpp>

using namespace soundfold;

TEST_CASE("quotes, commas, CRLF and a byte-order mark are understood", "[text]") {
  const auto table =
      CsvTable::parse("\xef\xbb\xbfindex,name\r\n0,Speech\r\n1,\"Child speech, kid \"\"speaking\"\"\"\r\n", "map.csv");
  REQUIRE(table.row_count() == 2);
  CHECK(table.integer_at(1, "index") == 1);
  CHECK(table.at(1, "name") == "Child speech, kid \"speaking\"");
}

TEST_CASE("a field reads back as it was written, spaces at its ends too", "[text]") {
  for (const std::string field : {"plain", " before", "after ", "\ttab", "a,b", "\"", "two\nlines", "", " "}) {
    CAPTURE(field);
    CHECK(CsvTable::parse("a,b\n" + csv_field(field) + ",1\n", "a.csv").at(0, "a") == field);
  }
  CHECK(csv_field("in the middle") == "in the middle");
}

TEST_CASE("bad CSV is named by file, row and column", "[text]") {
  CHECK_THROWS_WITH(CsvTable::parse("", "a.csv"), Catch::Contains("a.csv: empty"));
  CHECK_THROWS_WITH(CsvTable::parse("a,b\n1,2\n3\n", "a.csv"),
                    Catch::Contains("a.csv, row 3: 1 fields, the header has 2"));
  CHECK_THROWS_WITH(CsvTable::parse("a,a\n1,2\n", "a.csv"), Catch::Contains("appears twice"));
  CHECK_THROWS_WITH(CsvTable::parse("a\n\"open\n", "a.csv"), Catch::Contains("not valid CSV"));
  const auto table = CsvTable::parse("a,b\n1,2x\n", "a.csv");
  CHECK_THROWS_WITH(table.integer_at(0, "b"), Catch::Contains("row 2, column 'b': '2x' is not a whole number"));
  CHECK_THROWS_WITH(table.at(0, "c"), Catch::Contains("no column 'c' (it has: a, b)"));
}

TEST_CASE("messages about CSV stay one line, whatever the fields hold", "[text]") {
  const auto table = CsvTable::parse("a,\"b\nc\"\n\"two\nlines\",2\n", "a.csv");
  CHECK_THROWS_WITH(table.integer_at(0, "a"),
                    Catch::Equals("a.csv, row 2, column 'a': 'two?lines' is not a whole number"));
  CHECK_THROWS_WITH(table.at(0, "d"), Catch::Equals("a.csv: no column 'd' (it has: a, b?c)"));
  CHECK_THROWS_WITH(CsvTable::parse("\"a\rb\",\"a\rb\"\n", "a.csv"), Catch::Contains("'a?b' appears twice"));
}

TEST_CASE("rows of nothing but commas are refused before they fill the memory", "[text]") {
  CHECK_THROWS_WITH(CsvTable::parse(std::string(1000, ','), "a.csv"),
                    Catch::Contains("a row has more than 1000 fields"));
  CHECK_THROWS_WITH(CsvTable::parse("a,b\n" + std::string(1'000'000, ',') + "\n", "a.csv"),
                    Catch::Contains("a row has more than 1000 fields"));
  CHECK_THROWS_WITH(CsvTable::parse(std::string(999, ','), "a.csv"), Catch::Contains("appears twice"));
}

TEST_CASE("lists of more fields than allowed are refused before they fill the memory", "[text]") {
  std::string text = "a,b\n";
  for (int row = 0; row < 40'000; ++row) text += "1,2\n";  // longer than what is parsed between two looks at the limits
  CHECK(CsvTable::parse(text, "a.csv", 80'002).row_count() == 40'000);
  CHECK_THROWS_WITH(CsvTable::parse(text, "a.csv", 80'001),
                    Catch::Equals("a.csv: too many fields for one list; split it"));
  CHECK_THROWS_WITH(CsvTable::parse(text, "a.csv", 5), Catch::Contains("too many fields"));
}

TEST_CASE("fields and quotes may lie across the blocks that are parsed at a time", "[text]") {
  const std::string large(200'000, 'x');
  const auto table = CsvTable::parse("a,b\n\"" + large + "\"\"y\",2\n3,4\n", "a.csv");
  REQUIRE(table.row_count() == 2);
  CHECK(table.at(0, "a") == large + "\"y");
  CHECK(table.integer_at(1, "b") == 4);
}

namespace {

/// ASCII text as UTF-16.
std::string utf16(const std::string& text, bool big_endian) {
  std::string bytes = big_endian ? "\xfe\xff" : "\xff\xfe";
  for (const char letter : text) bytes += big_endian ? std::string{'\0', letter} : std::string{letter, '\0'};
  return bytes;
}

}  // namespace

TEST_CASE("columns are separated by what the header separates them by", "[text]") {
  for (const char* text :
       {"path,label\na.wav,dog;cat\n", "path;label\na.wav;dog;cat\n", "path\tlabel\na.wav\tdog;cat\n"}) {
    CAPTURE(text);
    if (std::string(text).find("path;") == 0) {
      CHECK_THROWS_WITH(CsvTable::parse(text, "a.csv"), Catch::Contains("row 2: 3 fields, the header has 2"));
      continue;
    }
    const auto table = CsvTable::parse(text, "a.csv");
    CHECK(table.header() == std::vector<std::string>{"path", "label"});
    CHECK(table.at(0, "label") == "dog;cat");
  }
  const auto tabs = CsvTable::parse("path\tlabel\tsource\n a.wav \t\t walk 7 \n", "a.tsv");
  CHECK(tabs.at(0, "path") == "a.wav");
  CHECK(tabs.at(0, "label").empty());
  CHECK(tabs.at(0, "source") == "walk 7");
  CHECK(CsvTable::parse("\"a,b\";c\n1;2\n", "a.csv").at(0, "a,b") == "1");
  CHECK(CsvTable::parse("alone\nx\n", "a.csv").at(0, "alone") == "x");
  CHECK_THROWS_WITH(CsvTable::parse("a,b;c\n1,2\n", "a.csv"),
                    "a.csv: the header holds both ',' and ';'; separate the "
                    "columns by one of them, or quote the names");
  CHECK_THROWS_WITH(CsvTable::parse("a;b\tc\n", "a.csv"), Catch::Contains("both ';' and tab"));
}

TEST_CASE("UTF-16 with a byte-order mark is read as UTF-8", "[text]") {
  for (const bool big_endian : {false, true}) {
    const auto table = CsvTable::parse(utf16("path;label\r\na.wav;dog\r\n", big_endian), "a.csv");
    CHECK(table.at(0, "path") == "a.wav");
    CHECK(table.at(0, "label") == "dog");
  }
  // U+00E9, U+20AC and, as the pair D83D DC36, U+1F436 (dog face).
  std::string text = utf16("label\n", false);
  text += std::string("\xe9\0\xac\x20\x3d\xd8\x36\xdc", 8);
  CHECK(CsvTable::parse(text, "a.csv").at(0, "label") == "\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\xb6");
}

TEST_CASE("damaged UTF-16, and UTF-16 without its mark, are refused", "[text]") {
  const auto whole = utf16("label\ndog\n", false);
  CHECK_THROWS_WITH(CsvTable::parse(whole.substr(0, whole.size() - 1), "a.csv"),
                    Catch::Contains("a.csv: UTF-16") && Catch::Contains("truncated"));
  for (const auto& half :
       {std::string("\x3d\xd8", 2), std::string("\x36\xdc\x3d\xd8", 4), std::string("\x3d\xd8x\0", 4)}) {
    CHECK_THROWS_WITH(CsvTable::parse(whole + half, "a.csv"), Catch::Contains("damaged UTF-16 text at byte 22"));
  }
  CHECK_THROWS_WITH(CsvTable::parse(whole.substr(2), "a.csv"), Catch::Contains("without a byte-order mark"));
}
