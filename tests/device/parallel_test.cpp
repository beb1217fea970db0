// SPDX-License-Identifier: Apache-2.0
#include "device/parallel.h"

#include "support/errors.h"
#include "support/interrupt.h"

#include <catch2/catch.hpp>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <thread>

using namespace soundfold;

TEST_CASE("every index is worked on once, with any number of threads", "[device]") {
  for (const int threads : {0, 1, 2, 7}) {
    std::vector<std::atomic<int>> counts(5);
    run_parallel(counts.size(), threads, [&](std::size_t i) { ++counts[i]; });
    for (const auto& count : counts) CHECK(count == 1);
  }
  run_parallel(0, 2, [](std::size_t) { FAIL("there is nothing to do"); });
}

TEST_CASE("a failure stops further work and is rethrown; an interrupt comes first", "[device]") {
  std::atomic<int> done{0};
  CHECK_THROWS_WITH(run_parallel(1000, 2,
                                 [&](std::size_t i) {
                                   if (i == 3) throw DataError("three");
                                   std::this_thread::sleep_for(std::chrono::milliseconds(1));
                                   ++done;
                                 }),
                    "three");
  CHECK(done < 999);
  std::atomic<int> waiting{0};
  const auto both_fail = [&](std::size_t i) {
    ++waiting;
    while (waiting < 2) {  // so that both are under way
    }
    if (i == 0) throw DataError("first");
    throw Interrupted("stopped", 2);
  };
  CHECK_THROWS_AS(run_parallel(2, 2, both_fail), Interrupted);
}

TEST_CASE("a requested stop prevents further work, and is reported", "[device]") {
  install_interrupt_handler();
  std::atomic<int> done{0};
  CHECK_THROWS_AS(run_parallel(1000, 2,
                               [&](std::size_t) {
                                 if (++done == 3) ::kill(::getpid(), SIGTERM);
                                 std::this_thread::sleep_for(std::chrono::milliseconds(1));
                               }),
                  Interrupted);
  CHECK(done >= 3);
  CHECK(done < 1000);
  clear_interrupt();
}
