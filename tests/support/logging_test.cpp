// SPDX-License-Identifier: Apache-2.0
#include "support/logging.h"

#include "support/standard_error.h"
#include "testing/json_lines.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <cstdlib>

using namespace soundfold;
using testing::StandardError;

namespace {

/// Tests run without a log.
struct QuietAgain {
  ~QuietAgain() { start_logging(Verbosity::quiet); }
};

}  // namespace

TEST_CASE("a line that is logged comes above the status line, and nothing is glued to it", "[support]") {
  const QuietAgain after;
  const StandardError screen(StandardError::Kind::terminal);
  start_logging(Verbosity::normal);
  CHECK(progress_bars_wanted());
  CHECK(terminal_columns() == 60);
  show_status_line("[==  ] 2/4 clips");
  logger().warn("a warning");
  show_status_line("[=== ] 3/4 clips, a longer line");
  logger().info("a note");
  show_status_line("[====] 4/4 clips");
  const auto shown = screen.taken();
  CHECK(testing::screen_of(shown) == std::vector<std::string>{"a warning", "a note", "[====] 4/4 clips"});
  CHECK(shown.find("\033[33ma warning\033[m") != std::string::npos);
  show_status_line("");
  print_last_line("trainer", spdlog::level::err, "no such file", LogFormat::text);
  CHECK(testing::screen_of(shown + screen.taken()) ==
        std::vector<std::string>{"a warning", "a note", "trainer: error: no such file"});
}

TEST_CASE("colours are for terminals that take them, unless NO_COLOR refuses them", "[support]") {
  const QuietAgain after;
  const StandardError screen(StandardError::Kind::terminal);
  CHECK(colours_wanted(STDERR_FILENO));
  setenv("NO_COLOR", "1", 1);
  CHECK(!colours_wanted(STDERR_FILENO));
  start_logging(Verbosity::normal);
  CHECK(progress_bars_wanted());
  logger().error("plain");
  CHECK(screen.taken() == "plain\r\n");
  unsetenv("NO_COLOR");
  setenv("TERM", "dumb", 1);
  CHECK(!colours_wanted(STDERR_FILENO));
  CHECK(!progress_bars_wanted());
  const StandardError pipe(StandardError::Kind::pipe);
  CHECK(!colours_wanted(STDERR_FILENO));
}

TEST_CASE("log lines that are kept are shown nowhere, later ones again", "[support]") {
  const QuietAgain after;
  const StandardError pipe(StandardError::Kind::pipe);
  start_logging(Verbosity::normal);
  {
    const KeptLog kept;
    logger().debug("a detail");
    logger().info("a note");
    logger().warn("a warning");
    CHECK(kept.lines() == std::vector<std::string>{"a note", "a warning"});
  }
  logger().info("shown");
  CHECK(pipe.taken() == "shown\n");
}

TEST_CASE("JSON log lines are objects with time, level, message and the fields of the thread", "[support]") {
  const QuietAgain after;
  const StandardError pipe(StandardError::Kind::pipe);
  start_logging(Verbosity::normal, LogFormat::json);
  CHECK(!progress_bars_wanted());
  logger().debug("not shown");
  {
    const LogField clip("clip", "1-100032-A-0.wav");
    logger().warn("skipping \"it\":\na second line, \xff");
  }
  logger().info("later");
  print_last_line("trainer", spdlog::level::err, "the end", LogFormat::json);
  const auto lines = testing::json_lines(pipe.taken());
  REQUIRE(lines.size() == 3);
  CHECK(lines[0]["level"] == "warning");
  CHECK(lines[0]["message"] == "skipping \"it\":\na second line, \xef\xbf\xbd");
  CHECK(lines[0]["clip"] == "1-100032-A-0.wav");
  CHECK_THAT(lines[0]["time"].get<std::string>(),
             Catch::Matches("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z"));
  CHECK(lines[1]["message"] == "later");
  CHECK(!lines[1].contains("clip"));
  CHECK(lines[2]["level"] == "error");
  CHECK(lines[2]["program"] == "trainer");
}
