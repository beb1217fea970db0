// SPDX-License-Identifier: Apache-2.0
#include "ranks/group.h"

#include "device/tensor_values.h"
#include "ranks/join.h"
#include "ranks/ranks_of_threads.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <mutex>
#include <set>
#include <thread>

using namespace soundfold;
using testing::loopback_meeting;
using testing::run_ranks;

namespace {

using Texts = std::vector<std::string>;

/// Ranks cannot meet without Gloo: such a case is skipped.
bool cannot_join() {
  if (!ranks::can_join()) testing::skip_case("this build has no Gloo");
  return !ranks::can_join();
}

torch::Tensor row(std::int64_t number) {
  return torch::arange(3, torch::kFloat32) + 10 * static_cast<double>(number);
}

/// What each rank of `size` got, on a loopback meeting; all must end well.
template <typename Result>
std::vector<Result> results_of(int size, const std::function<Result(ranks::Group&)>& body) {
  std::vector<Result> results(static_cast<std::size_t>(size));
  const auto ended = run_ranks(size, loopback_meeting(), [&](ranks::Group& group) {
    results[static_cast<std::size_t>(group.rank())] = body(group);
  });
  CHECK(ended == Texts(static_cast<std::size_t>(size)));
  return results;
}

const ranks::Patience kShort = {std::chrono::seconds(20), std::chrono::seconds(4), std::chrono::seconds(2)};

}  // namespace

TEST_CASE("parts of rows cover all of them and differ by one at most", "[ranks]") {
  for (const std::int64_t total : {0, 1, 7, 64}) {
    for (const int size : {1, 2, 3, 5}) {
      std::int64_t next = 0;
      for (int rank = 0; rank < size; ++rank) {
        const auto part = ranks::part_of(total, rank, size);
        CHECK(part.begin == next);
        CHECK((part.count() == total / size || part.count() == total / size + 1));
        CHECK(part.count() <= ranks::part_of(total, 0, size).count());
        next = part.end;
      }
      CHECK(next == total);
    }
  }
}

TEST_CASE("ranks add up, take over and put together tensors", "[ranks]") {
  if (cannot_join()) return;
  for (const int size : {2, 3}) {
    const auto results = results_of<torch::Tensor>(size, [&](ranks::Group& group) {
      CHECK(group.size() == size);
      const auto own = static_cast<double>(group.rank() + 1);
      const auto a = torch::full({2, 2}, own), b = torch::full({3}, 10 * own);
      group.sum({a, b});
      const auto taken = torch::full({2}, group.rank() + 5, torch::kInt64);
      group.broadcast({taken});
      CHECK(taken.eq(5).all().item<bool>());
      const auto part = ranks::part_of(5, group.rank(), size);
      std::vector<torch::Tensor> rows;
      for (auto number = part.begin; number < part.end; ++number) rows.push_back(row(number));
      const auto all = group.gather_rows(torch::stack(rows), 5);
      for (std::int64_t number = 0; number < 5; ++number) CHECK(largest_difference(all[number], row(number)) == 0);
      return torch::cat({a.flatten(), b});
    });
    const double sum = size == 2 ? 3 : 6;
    for (const auto& result : results) {
      CHECK(values_of(result) == values_of(torch::tensor({1., 1., 1., 1., 10., 10., 10.}) * sum));
    }
  }
}

TEST_CASE("sums repeat bit by bit, and every rank gets the same", "[ranks]") {
  if (cannot_join()) return;
  const auto sums = [] {
    return results_of<torch::Tensor>(3, [](ranks::Group& group) {
      auto generator = at::make_generator<at::CPUGeneratorImpl>(static_cast<std::uint64_t>(group.rank()));
      const auto values = torch::randn({100001}, generator);
      group.sum({values});
      return values;
    });
  };
  const auto first = sums(), again = sums();
  for (const auto& result : {first[1], first[2], again[0], again[1], again[2]}) CHECK(torch::equal(result, first[0]));
}

TEST_CASE("texts are gathered, broadcast, counted and posted", "[ranks]") {
  if (cannot_join()) return;
  std::mutex mutex;
  std::set<std::int64_t> numbers;
  const auto results = results_of<Texts>(3, [&](ranks::Group& group) {
    for (int i = 0; i < 4; ++i) {
      const auto number = group.next("rounds");
      const std::lock_guard lock(mutex);
      CHECK(numbers.insert(number).second);
    }
    group.post("of " + std::to_string(group.rank()), std::string(100000, 'a'));
    group.wait_for_all();
    if (group.rank() == 0) {
      for (const char* key : {"of 0", "of 1", "of 2"}) {
        CHECK(group.take(key) == std::string(100000, 'a'));
        CHECK_FALSE(group.take(key));
      }
    }
    auto texts = group.gather(std::string(static_cast<std::size_t>(group.rank()), 'x'));
    texts.push_back(group.broadcast(group.rank() == 0 ? "from the first" : "ignored"));
    texts.push_back(group.broadcast(""));
    return texts;
  });
  CHECK(*numbers.rbegin() == 11);
  for (const auto& result : results) CHECK(result == Texts{"", "x", "xx", "from the first", ""});
}

TEST_CASE("a sum over ranks has the gradient of a sum", "[ranks]") {
  if (cannot_join()) return;
  // loss of rank r: (r + 1) * (x0 + x1)^2, with x0 = 1, x1 = 2; its derivative by either is 6 * (r + 1), summed 18.
  const auto gradients = results_of<torch::Tensor>(2, [](ranks::Group& group) {
    const auto x = torch::full({1}, group.rank() + 1.0, torch::requires_grad());
    (ranks::sum_with_gradient(&group, x).square() * (group.rank() + 1.0)).sum().backward();
    return x.grad();
  });
  for (const auto& gradient : gradients) CHECK(gradient.item<float>() == 18);
  const auto alone = torch::ones({1});
  CHECK(ranks::sum_with_gradient(nullptr, alone).is_same(alone));
}

TEST_CASE("ranks meet by a file, which a second start refuses", "[ranks]") {
  if (cannot_join()) return;
  const testing::TempFolder folder;
  const auto file = (folder / "meeting").string();
  CHECK(run_ranks(2, file, [](ranks::Group& group) { group.wait_for_all(); }) == Texts(2));
  // One whose ranks were killed is left behind.
  const auto ended = run_ranks(
      2, file,
      [](ranks::Group& group) {
        if (group.rank() == 1) throw DataError("out of sounds");
        group.wait_for_all();
      },
      kShort);
  CHECK(ended[1] == "out of sounds");
  CHECK(ended[0] == "rank 1 of 2 ended: out of sounds");
}

TEST_CASE("who ends early is named with the reason by all others", "[ranks]") {
  if (cannot_join()) return;
  for (const int bad : {0, 1, 2}) {
    const auto ended = run_ranks(
        3, loopback_meeting(),
        [&](ranks::Group& group) {
          group.wait_for_all();
          if (group.rank() == bad) throw DataError("the disk is full");
          while (true) group.wait_for_all();
        },
        kShort);
    for (int rank = 0; rank < 3; ++rank) {
      CHECK(ended[static_cast<std::size_t>(rank)] ==
            (rank == bad ? "the disk is full" : "rank " + std::to_string(bad) + " of 3 ended: the disk is full"));
    }
  }
}

TEST_CASE("a rank that does not come is named", "[ranks]") {
  if (cannot_join()) return;
  const auto meeting = loopback_meeting();
  ranks::Patience patience;
  patience.to_meet = std::chrono::milliseconds(500);
  try {
    ranks::with_ranks(
        {0, 3, meeting}, [](ranks::Group* /*group*/) {}, patience);
    FAIL("it did come");
  } catch (const DataError& error) {
    CHECK(std::string(error.what()).find("rank 1, 2 of 3 did not come to " + meeting) == 0);
  }
  CHECK_THROWS_WITH(ranks::with_ranks(
                        {1, 2, meeting}, [](ranks::Group* /*group*/) {}, patience),
                    Catch::Contains("rank 1 of 2: no rank 0 at " + meeting));
}

TEST_CASE("a rank with another configuration is named with the line that differs", "[ranks]") {
  if (cannot_join()) return;
  const auto ended = run_ranks(3, loopback_meeting(), [](ranks::Group& group) {
    ranks::check_equal(group, group.rank() == 2 ? "a: 1\nb: 3\n" : "a: 1\nb: 2\n", "configuration");
  });
  for (const auto& each : ended) {
    CHECK(each ==
          "rank 2 has another configuration than rank 0: 'b: 3' where rank 0 has 'b: 2'; give all ranks the same");
  }
}

TEST_CASE("one rank meets nobody", "[ranks]") {
  bool ran = false;
  ranks::with_ranks({0, 1, ""}, [&](ranks::Group* group) { ran = group == nullptr; });
  CHECK(ran);
}

TEST_CASE("without Gloo several ranks are refused", "[ranks]") {
  if (ranks::can_join()) return;
  CHECK_THROWS_WITH(ranks::with_ranks({1, 2, "127.0.0.1:1"}, [](ranks::Group* /*group*/) {}),
                    Catch::Contains("rank 1 of 2") && Catch::Contains("libgloo-dev"));
}
