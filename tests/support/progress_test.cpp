// SPDX-License-Identifier: Apache-2.0
#include "support/progress.h"

#include "support/logging.h"
#include "support/standard_error.h"

#include <catch2/catch.hpp>

#include <chrono>
#include <thread>

using namespace soundfold;
using testing::StandardError;

TEST_CASE("the rate is that of the last half of the work", "[support]") {
  WorkRate rate;
  CHECK(rate.per_second() == 0);
  rate.add(0, 0);
  CHECK(rate.per_second() == 0);
  rate.add(1, 1000);  // found in the store
  CHECK(rate.per_second() == 1000);
  for (int second = 2; second <= 20; ++second) rate.add(second, 1000 + 10 * (second - 1));
  CHECK(rate.per_second() == Approx(10));
  WorkRate rounds;  // one in a minute
  rounds.add(0, 0);
  for (int minute = 1; minute <= 8; ++minute) rounds.add(60.0 * minute, minute);
  CHECK(rounds.per_second() == Approx(1.0 / 60));
}

TEST_CASE("the rate needs few marks, however often it is told", "[support]") {
  WorkRate rate;
  for (int i = 0; i <= 100'000; ++i) rate.add(i * 0.001, i);
  CHECK(rate.per_second() == Approx(1000).epsilon(0.01));
}

TEST_CASE("rates and durations have units that fit", "[support]") {
  CHECK(rate_text(166.9, "clips") == "167 clips/s");
  CHECK(rate_text(4.2, "clips") == "4.2 clips/s");
  CHECK(rate_text(0.5, "epochs") == "30.0 epochs/min");
  CHECK(rate_text(0.01, "rounds") == "36.0 rounds/h");
  CHECK(rate_text(3'100'000, "bytes") == "3.1 MB/s");
  CHECK(rate_text(0, "clips").empty());
  CHECK(duration_text(0.4) == "0 s");
  CHECK(duration_text(59.4) == "59 s");
  CHECK(duration_text(200) == "3 min 20 s");
  CHECK(duration_text(7500) == "2 h 5 min");
}

TEST_CASE("progress on a terminal is one line, cut to its width, and ends as one that says how long it took",
          "[support]") {
  const StandardError screen(StandardError::Kind::terminal);
  start_logging(Verbosity::normal);
  {
    Progress progress("extracting", 30, "clips");
    progress.skip(10);
    std::this_thread::sleep_for(std::chrono::milliseconds(120));
    progress.set_note("a note that is so long that it does not fit this terminal");
    progress.advance(10);
    const auto drawn = testing::screen_of(screen.taken());
    REQUIRE(drawn.size() == 1);
    CHECK(drawn[0].size() == 59);
    CHECK_THAT(drawn[0], Catch::StartsWith("[=============       ] extracting 20/30 clips, "));
    logger().warn("in between");
    progress.set_note("");
    progress.advance(10);
    CHECK_THAT(testing::screen_of(screen.taken())[0], Catch::Equals("in between"));
  }
  const auto left = testing::screen_of(screen.taken());
  start_logging(Verbosity::quiet);
  REQUIRE(left.size() == 1);
  CHECK_THAT(left[0], Catch::Matches("extracting 30 clips in 0 s, [0-9.]+ clips/s"));
}

TEST_CASE("short work leaves no line, and quiet work none at all", "[support]") {
  const StandardError screen(StandardError::Kind::terminal);
  start_logging(Verbosity::normal);
  { Progress(std::string("counting"), 2, "clips").advance(2); }
  start_logging(Verbosity::quiet);
  {
    Progress progress("counting", 2, "clips");
    std::this_thread::sleep_for(std::chrono::milliseconds(120));
    progress.advance(2);
  }
  CHECK(screen.taken().empty());
}
