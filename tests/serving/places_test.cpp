// SPDX-License-Identifier: Apache-2.0
#include "serving/places.h"

#include "serving/answer.h"

#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

using namespace soundfold::serving;

namespace {

Deadline far_away() {
  return std::chrono::steady_clock::now() + std::chrono::hours(1);
}

int refusal_status(const std::function<void()>& work) {
  try {
    work();
  } catch (const Refusal& refusal) {
    return refusal.status;
  }
  return 0;
}

}  // namespace

TEST_CASE("as many requests are let in as there are places, and after close() none", "[serving]") {
  Places places(1, 2);
  auto first = std::make_unique<Places::Place>(places);
  const Places::Place second(places), third(places);
  CHECK(places.waiting() == 3);
  CHECK(refusal_status([&] { const Places::Place fourth(places); }) == 429);
  first.reset();
  CHECK(places.waiting() == 2);
  CHECK(refusal_status([&] { const Places::Place fourth(places); }) == 0);
  places.close();
  CHECK(places.is_closed());
  CHECK(refusal_status([&] { const Places::Place fourth(places); }) == 503);
}

TEST_CASE("a turn that does not come before the deadline is refused and holds up nobody", "[serving]") {
  Places places(1, 8);
  auto busy = std::make_unique<Places::Place>(places);
  busy->wait_for_turn(far_away());
  CHECK(places.computing() == 1);
  {
    Places::Place late(places);
    CHECK(refusal_status([&] { late.wait_for_turn(std::chrono::steady_clock::now()); }) == 503);
  }
  CHECK(places.computing() == 1);
  auto next = std::async(std::launch::async, [&] {
    Places::Place place(places);
    place.wait_for_turn(far_away());
    return places.computing();
  });
  busy.reset();
  CHECK(next.get() == 1);
  CHECK(places.computing() == 0);
  CHECK(places.waiting() == 0);
}

TEST_CASE("turns come in order, and no more at once than may compute", "[serving]") {
  constexpr int kThreads = 12;
  Places places(2, kThreads);
  std::atomic<int> now{0}, most{0}, done{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 50; ++round) {
        Places::Place place(places);
        place.wait_for_turn(far_away());
        const int here = ++now;
        int seen = most;
        while (here > seen && !most.compare_exchange_weak(seen, here)) {
        }
        std::this_thread::yield();
        --now;
        ++done;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(done == kThreads * 50);
  CHECK(most <= 2);

  // One computes, three come one after another: each gets its turn before those that came later.
  Places line(1, 8);
  auto first = std::make_unique<Places::Place>(line);
  first->wait_for_turn(far_away());
  std::vector<int> order;
  std::mutex mutex;
  std::vector<std::thread> waiting;
  for (int i = 0; i < 3; ++i) {
    std::atomic<bool> begun{false};
    waiting.emplace_back([&, i] {
      Places::Place place(line);
      begun = true;
      place.wait_for_turn(far_away());
      const std::lock_guard<std::mutex> lock(mutex);
      order.push_back(i);
    });
    while (!begun) std::this_thread::yield();
    std::this_thread::sleep_for(std::chrono::milliseconds(50));  // from its place to its turn in the line
  }
  first.reset();
  for (auto& thread : waiting) thread.join();
  CHECK(order == std::vector<int>{0, 1, 2});
}
