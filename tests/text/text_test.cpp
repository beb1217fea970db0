// SPDX-License-Identifier: Apache-2.0
#include "text/text.h"

#include <catch2/catch.hpp>

#include <limits>

using soundfold::nearest_name;
using soundfold::shown;

TEST_CASE("the nearest name is the one with the fewest edits", "[text]") {
  const std::vector<std::string> known = {"dog", "cat", "clock_tick", "clock_alarm", "crying_baby", "hand_saw"};
  CHECK(nearest_name("dgo", known) == "dog");
  CHECK(nearest_name("Dog", known) == "dog");
  CHECK(nearest_name("clock-tick", known) == "clock_tick");
  CHECK(nearest_name("clockalarm", known) == "clock_alarm");
  CHECK(nearest_name("handsaw", known) == "hand_saw");
  CHECK(nearest_name("cyring_bbay", known) == "crying_baby");
  CHECK(nearest_name("dog", known) == "dog");
}

TEST_CASE("nothing is suggested when no name is near", "[text]") {
  CHECK(nearest_name("submarine", {"dog", "cat"}).empty());
  CHECK(nearest_name("", {"dog", "a"}).empty());
  CHECK(nearest_name("dog", {}).empty());
  CHECK(nearest_name("x", {"y", ""}).empty());
  CHECK(nearest_name("pig", {"dog"}).empty());  // two of three letters differ
}

TEST_CASE("of equally near names the first wins", "[text]") {
  CHECK(nearest_name("cot", {"cat", "cut"}) == "cat");
  CHECK(nearest_name("cot", {"cut", "cat"}) == "cut");
}

TEST_CASE("a name of a megabyte is near to none, and is compared quickly", "[text]") {
  CHECK(nearest_name(std::string(4'000'000, 'a'), std::vector<std::string>(100, "training.epochs")).empty());
}

TEST_CASE("what is shown in a message is one line of bounded length", "[text]") {
  CHECK(shown("dog") == "dog");
  CHECK(shown("a\nb\x7F\tc") == "a?b??c");
  CHECK(shown("abcdefgh", 8) == "abcdefgh");
  CHECK(shown("abcdefghi", 8) == "abcde...");
  CHECK(shown("gr\xC3\xBC\xC3\x9F"
              "e!",
              7) == "gr\xC3\xBC...");
  CHECK(shown("gr\xC3\xBC\xC3\x9F"
              "e!",
              6) == "gr...");
  CHECK(shown(std::string(9, '\xBF'), 8) == "...");
  CHECK(shown("").empty());
}

TEST_CASE("any bytes as UTF-8 on one line", "[text]") {
  CHECK(soundfold::one_line("a\tb\r\nc") == "a b  c");
  CHECK(soundfold::one_line("caf\xC3\xA9\xC2\x85\xE2\x80\xA8!") == "caf\xC3\xA9  !");
  CHECK(soundfold::one_line("\xFF\xC3") == "\xEF\xBF\xBD\xEF\xBF\xBD");
  CHECK(soundfold::one_line(std::string("a\0b", 3)) == "a b");
}

TEST_CASE("numbers in texts", "[text]") {
  CHECK(soundfold::grouped(0) == "0");
  CHECK(soundfold::grouped(999) == "999");
  CHECK(soundfold::grouped(1000) == "1,000");
  CHECK(soundfold::grouped(1234567) == "1,234,567");
  CHECK(soundfold::fixed(2.0 / 3.0, 3) == "0.667");
  CHECK(soundfold::fixed(std::numeric_limits<double>::quiet_NaN(), 2) == "-");
}

TEST_CASE("letters and ends of texts", "[text]") {
  CHECK(soundfold::lower_case("Dog \xC3\x84 Z9") == "dog \xC3\x84 z9");
  CHECK(soundfold::trimmed(" \ta b\r\n") == "a b");
  CHECK(soundfold::trimmed(" \n").empty());
}

TEST_CASE("plain numbers are decimal digits alone, up to a limit", "[text]") {
  CHECK(plain_number("0", 9) == 0);
  CHECK(plain_number("007", 9) == 7);
  CHECK(plain_number("9", 9) == 9);
  for (const char* none : {"", "10", "-1", "-0", "+1", " 1", "1 ", "1.5", "0x1", "1e3", "99999999999999999999"}) {
    INFO(none);
    CHECK(plain_number(none, 9) == -1);
  }
}

TEST_CASE("what a text begins with", "[text]") {
  CHECK(begins_with("https://a", "https://"));
  CHECK(begins_with("a", "a"));
  CHECK(begins_with("a", ""));
  CHECK_FALSE(begins_with("http", "https"));
  CHECK_FALSE(begins_with("", "a"));
  CHECK_FALSE(begins_with("ba", "a"));
}
