// SPDX-License-Identifier: Apache-2.0
#include "listening/ring.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <numeric>
#include <thread>

using namespace soundfold;

TEST_CASE("values come out in their order, and none fit that have no room", "[listening]") {
  listening::Ring<float> ring(5);  // 8 slots
  std::vector<float> out(8), numbers(8);
  std::iota(numbers.begin(), numbers.end(), 1.0F);
  CHECK(ring.read(out.data(), 8) == 0);
  CHECK(ring.write(numbers.data(), 6));
  CHECK_FALSE(ring.write(numbers.data(), 3));
  CHECK(ring.read(out.data(), 4) == 4);
  CHECK(std::vector<float>(out.begin(), out.begin() + 4) == std::vector<float>{1, 2, 3, 4});
  CHECK(ring.write(numbers.data(), 6));  // around the end
  CHECK_FALSE(ring.write(numbers.data(), 1));
  CHECK(ring.read(out.data(), 99) == 8);
  CHECK(out == std::vector<float>{5, 6, 1, 2, 3, 4, 5, 6});
}

TEST_CASE("one thread writes while another reads", "[listening]") {
  constexpr std::size_t kSamples = 200'000;
  listening::Ring<float> ring(1'000);
  std::vector<float> heard;
  std::thread reader([&] {
    std::vector<float> block(777);
    while (heard.size() < kSamples) {
      const auto count = ring.read(block.data(), block.size());
      heard.insert(heard.end(), block.begin(), block.begin() + static_cast<std::ptrdiff_t>(count));
      if (count == 0) std::this_thread::yield();
    }
  });
  std::vector<float> block(100);
  for (std::size_t at = 0; at < kSamples;) {
    std::iota(block.begin(), block.end(), static_cast<float>(at));
    if (ring.write(block.data(), block.size())) {
      at += block.size();
    } else {
      std::this_thread::yield();
    }
  }
  reader.join();
  bool in_order = heard.size() == kSamples;
  for (std::size_t i = 0; i < heard.size(); ++i) in_order = in_order && heard[i] == static_cast<float>(i);
  CHECK(in_order);
}
