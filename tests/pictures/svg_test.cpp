// SPDX-License-Identifier: Apache-2.0
#include "pictures/svg.h"

#include "pictures/png.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <limits>

using namespace soundfold::pictures;

TEST_CASE("hostile names stay text", "[pictures]") {
  CHECK(escaped("<script>alert('1')</script> & \"x\"") ==
        "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt; &amp; &quot;x&quot;");
  const std::string replaced = "\xEF\xBF\xBD";
  CHECK(escaped("a\xE2\x80\xAE"
                "b\xE2\x81\xA6"
                "c") == "a" + replaced + "b" + replaced + "c");  // U+202E, U+2066
  CHECK(escaped("a\xFF"
                "b\xC3") == "a" + replaced + "b" + replaced);
  CHECK(escaped("\xC0\xBC") == replaced + replaced);  // an overlong <
  CHECK(escaped("\xED\xA0\x80") == replaced);         // half of a surrogate pair
  CHECK(escaped(std::string("a\0b\n", 4)) == "a" + replaced + "b" + replaced);
  CHECK(escaped("Käuzchen 🦉") == "Käuzchen 🦉");
}

TEST_CASE("names are shortened between characters", "[pictures]") {
  CHECK(shortened("dog", 3) == "dog");
  CHECK(shortened("ääää", 3) == "ää…");
  CHECK(shortened(std::string(300, 'x'), 20) == std::string(19, 'x') + "…");
}

TEST_CASE("numbers are short", "[pictures]") {
  CHECK(number(0.5) == "0.5");
  CHECK(number(12) == "12");
  CHECK(number(100, 0) == "100");
  CHECK(number(-0.0001) == "0");
  CHECK(number(1.0 / 3, 4) == "0.3333");
  CHECK(number(std::nan("")) == "-");
}

TEST_CASE("ticks are round and lie within the range", "[pictures]") {
  CHECK(ticks(0, 5) == std::vector<double>{0, 1, 2, 3, 4, 5});
  const auto tenths = ticks(0.03, 0.31, 3);
  REQUIRE(tenths.size() == 3);
  CHECK(tenths[0] == Approx(0.1));
  CHECK(tenths[2] == Approx(0.3));
  CHECK(ticks(0, 1).size() == 6);
  CHECK(ticks(1, 1).empty());
  CHECK(ticks(0, std::numeric_limits<double>::infinity()).empty());
  for (const double high : {1e-9, 0.7, 3.0, 97.0, 12345.0, 1e12}) {
    const auto marks = ticks(0, high);
    CHECK(marks.size() >= 3);
    CHECK(marks.size() <= 12);
    CHECK(marks.back() <= high * (1 + 1e-9));
  }
}

TEST_CASE("the colours grow brighter all the way", "[pictures]") {
  double before = -1;
  for (int i = 0; i <= 64; ++i) {
    const auto colour = viridis(i / 64.0);
    const double grey = 0.2126 * colour.red + 0.7152 * colour.green + 0.0722 * colour.blue;
    CHECK(grey > before);
    before = grey;
  }
  CHECK(hexadecimal(viridis(-1)) == "#440154");
  CHECK(hexadecimal(viridis(2)) == "#fde725");
}

TEST_CASE("base64 agrees with RFC 4648", "[pictures]") {
  CHECK(base64("").empty());
  CHECK(base64("f") == "Zg==");
  CHECK(base64("fo") == "Zm8=");
  CHECK(base64("foobar") == "Zm9vYmFy");
}
