// SPDX-License-Identifier: Apache-2.0
#include "support/errors.h"

#include "support/interrupt.h"

#include <catch2/catch.hpp>

#include <csignal>

using namespace soundfold;

TEST_CASE("each kind of failure has its exit code", "[support]") {
  CHECK(run_program("test", [] { return 0; }) == 0);
  CHECK(run_program("test", []() -> int { throw UsageError("u"); }) == 2);
  CHECK(run_program("test", []() -> int { throw DataError("d"); }) == 1);
  CHECK(run_program("test", []() -> int { throw Interrupted("i", SIGTERM); }) == 143);
}

TEST_CASE("a signal is a request to stop", "[support]") {
  install_interrupt_handler();
  clear_interrupt();
  CHECK_NOTHROW(throw_if_interrupted("stopped"));
  std::raise(SIGINT);
  CHECK(interrupt_signal() == SIGINT);
  CHECK_THROWS_AS(throw_if_interrupted("stopped"), Interrupted);
  clear_interrupt();
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
}
