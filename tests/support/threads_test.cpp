// SPDX-License-Identifier: Apache-2.0
#include "support/threads.h"

#include "support/errors.h"
#include "support/interrupt.h"

#include <catch2/catch.hpp>
#include <signal.h>
#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <vector>

using namespace soundfold;
using Catch::Contains;

namespace {

/// While it lives the process gets no more than 64 MB of further addresses, so some threads' stacks and no more.
class FewAddresses {
 public:
  FewAddresses() {
    std::ifstream in("/proc/self/statm");
    rlim_t pages = 0;
    in >> pages;
    getrlimit(RLIMIT_AS, &before_);
    rlimit limit = before_;
    limit.rlim_cur = pages * 4096 + (rlim_t{64} << 20);
    setrlimit(RLIMIT_AS, &limit);
  }
  ~FewAddresses() { setrlimit(RLIMIT_AS, &before_); }
  FewAddresses(const FewAddresses&) = delete;
  FewAddresses& operator=(const FewAddresses&) = delete;

 private:
  rlimit before_ = {};
};

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;  // a sanitizer needs addresses of its own for each thread, and ends without them
#else
constexpr bool kSanitized = false;
#endif

constexpr std::size_t kThreads = 200;

}  // namespace

TEST_CASE("a body runs on so many threads at once", "[support]") {
  for (const std::size_t count : {std::size_t{1}, std::size_t{2}, std::size_t{5}}) {
    std::atomic<std::size_t> there{0};
    run_on_threads(count, [&] {
      ++there;
      while (there < count) std::this_thread::yield();  // ends only when all are there together
    });
    CHECK(there == count);
  }
}

TEST_CASE("with fewer threads than wanted the work continues", "[support]") {
  if (kSanitized) return;
  std::atomic<std::size_t> runs{0};
  {
    const FewAddresses few;
    run_on_threads(kThreads, [&] {
      ++runs;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    });
  }
  CHECK(runs >= 1);
  CHECK(runs < kThreads);
}

TEST_CASE("a thread that the system does not grant is an error that says what to do", "[support]") {
  if (kSanitized) return;
  std::atomic<bool> over{false};
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  std::string message;
  {
    const FewAddresses few;
    try {
      while (threads.size() < kThreads) {
        threads.push_back(start_thread([&] {
          while (!over) std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }));
      }
    } catch (const DataError& error) {
      message = error.what();
    }
  }
  over = true;
  for (auto& thread : threads) thread.join();
  CHECK(threads.size() < kThreads);
  CHECK_THAT(message, Contains("cannot start a thread") && Contains("ulimit -u"));
}

TEST_CASE("only the calling thread takes SIGINT and SIGTERM", "[support]") {
  const auto blocked = [] {
    sigset_t mask;
    pthread_sigmask(SIG_BLOCK, nullptr, &mask);
    return sigismember(&mask, SIGINT) == 1 && sigismember(&mask, SIGTERM) == 1;
  };
  REQUIRE_FALSE(blocked());
  std::atomic<int> blocking{0}, open{0};
  std::atomic<std::size_t> there{0};
  run_on_threads(4, [&] {
    ++(blocked() ? blocking : open);
    ++there;
    while (there < 4) std::this_thread::yield();  // or the calling thread might do all the work
  });
  CHECK(open == 1);
  CHECK(blocking == 3);
  bool inherited = false;
  start_thread([&] { std::thread([&] { inherited = blocked(); }).join(); }).join();
  CHECK(inherited);
  CHECK_FALSE(blocked());
}

TEST_CASE("a stop request holds on its thread and on those that it starts, as long as it lives", "[support]") {
  std::atomic<bool> stop{false};
  const std::function<bool()> wanted = [&] { return stop.load(); };
  std::atomic<int> interrupted{0};
  const auto count = [&] { interrupted += interrupt_signal() != 0 ? 1 : 0; };
  {
    const StopRequest request(wanted);
    CHECK(interrupt_signal() == 0);
    stop = true;
    CHECK(interrupt_signal() == SIGINT);
    CHECK_THROWS_AS(throw_if_interrupted("stopped"), Interrupted);
    run_on_threads(3, count);
    start_thread(count).join();
    CHECK(interrupted == 4);
    std::thread(count).join();  // not started by ours
    CHECK(interrupted == 4);
  }
  CHECK(interrupt_signal() == 0);
}
