// SPDX-License-Identifier: Apache-2.0
#include "event_scoring/internal/matching.h"

#include "support/random.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>

using namespace soundfold;
using event_scoring::largest_matching;
using event_scoring::Partners;

namespace {

std::size_t pair_count(const Partners& partners, std::size_t rights) {
  const auto pairs = largest_matching(partners, rights);
  std::set<std::size_t> used;
  std::size_t count = 0;
  for (std::size_t left = 0; left < pairs.size(); ++left) {
    if (!pairs[left]) continue;
    REQUIRE(std::count(partners[left].begin(), partners[left].end(), *pairs[left]) == 1);
    REQUIRE(used.insert(*pairs[left]).second);
    ++count;
  }
  return count;
}

/// By trying everything.
std::size_t most_pairs(const Partners& partners, std::size_t left, std::set<std::size_t>& used) {
  if (left == partners.size()) return 0;
  std::size_t most = most_pairs(partners, left + 1, used);
  for (const std::size_t right : partners[left]) {
    if (!used.insert(right).second) continue;
    most = std::max(most, 1 + most_pairs(partners, left + 1, used));
    used.erase(right);
  }
  return most;
}

}  // namespace

TEST_CASE("a pair gives way where that makes more pairs", "[event_scoring]") {
  // The first that fits would take 0 for the first left, and leave the second without any.
  CHECK(pair_count({{0, 1}, {0}}, 2) == 2);
  CHECK(pair_count({{0}, {0}, {0, 1}}, 2) == 2);
  CHECK(pair_count({{}, {}}, 3) == 0);
  CHECK(pair_count({}, 0) == 0);
}

TEST_CASE("no other pairing has more pairs", "[event_scoring]") {
  Random random(11);
  for (int round = 0; round < 300; ++round) {
    Partners partners(static_cast<std::size_t>(random.integer(0, 6)));
    const auto rights = static_cast<std::size_t>(random.integer(1, 6));
    for (auto& of_left : partners) {
      for (std::size_t right = 0; right < rights; ++right) {
        if (random.chance(0.35)) of_left.push_back(right);
      }
    }
    std::set<std::size_t> used;
    REQUIRE(pair_count(partners, rights) == most_pairs(partners, 0, used));
  }
}

TEST_CASE("a long chain of pairs gives way without end of the stack", "[event_scoring]") {
  constexpr std::size_t kLong = 100'000;
  Partners partners;
  for (std::size_t i = 0; i + 1 < kLong; ++i) partners.push_back({i, i + 1});
  partners.push_back({0});  // everyone moves on by one
  CHECK(pair_count(partners, kLong) == kLong);
}
