// SPDX-License-Identifier: Apache-2.0
#include "classification/internal/in_order.h"

#include <catch2/catch.hpp>

#include <stdexcept>
#include <thread>
#include <vector>

using soundfold::classification::InOrder;

TEST_CASE("actions run in the order of their numbers, whichever thread submits them", "[classification]") {
  InOrder in_order;
  std::vector<int> ran;
  const auto bring = [&](int number) {
    in_order.at(static_cast<std::size_t>(number), [&, number] { ran.push_back(number); });
  };
  bring(2);
  bring(1);
  CHECK(ran.empty());
  bring(0);
  CHECK(ran == std::vector<int>{0, 1, 2});
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int number = 99 - t; number >= 3; number -= 4) bring(number);
    });
  }
  for (auto& thread : threads) thread.join();
  REQUIRE(ran.size() == 100);
  for (int i = 0; i < 100; ++i) CHECK(ran[static_cast<std::size_t>(i)] == i);
}

TEST_CASE("an action that throws counts as run", "[classification]") {
  InOrder in_order;
  bool ran = false;
  CHECK_THROWS_AS(in_order.at(0, [] { throw std::runtime_error("full"); }), std::runtime_error);
  in_order.at(1, [&] { ran = true; });
  CHECK(ran);
}
