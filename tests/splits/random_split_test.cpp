// SPDX-License-Identifier: Apache-2.0
#include "splits/random_split.h"

#include "dataset/sample_data.h"
#include "splits/split_checks.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <random>
#include <set>

using namespace soundfold;
using namespace soundfold::dataset;
using namespace soundfold::splits;
using testing::message_of;
using testing::sample_dataset;

namespace {

/// A data set with random numbers of sources per class and of clips per source.
Dataset random_dataset(int class_count, int least_sources, int most_sources, std::mt19937_64& generator) {
  std::vector<testing::SampleClip> clips;
  int source = 0;
  for (std::int64_t k = 0; k < class_count; ++k) {
    const int range = most_sources - least_sources + 1;
    const int sources = least_sources + static_cast<int>(generator() % static_cast<unsigned>(range));
    for (int s = 0; s < sources; ++s, ++source) {
      const int takes = 1 + static_cast<int>(generator() % 4);
      for (int take = 0; take < takes; ++take) clips.push_back({{k}, 0, "s" + std::to_string(source)});
    }
  }
  return sample_dataset(class_count, clips);
}

/// Distinct sources of each class in a split.
std::vector<std::size_t> sources_per_class(const Dataset& data, const std::vector<std::size_t>& indices) {
  std::vector<std::set<std::string>> sources(data.class_names.size());
  for (const std::size_t index : indices) {
    for (const auto label : data.clips[index].labels) {
      sources[static_cast<std::size_t>(label)].insert(data.clips[index].source);
    }
  }
  std::vector<std::size_t> counts;
  for (const auto& set : sources) counts.push_back(set.size());
  return counts;
}

std::vector<std::size_t> all_indices(const Dataset& data) {
  std::vector<std::size_t> all(data.clips.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  return all;
}

/// Every clip is in exactly one split and indices ascend.
bool is_partition(const Dataset& data, const Splits& splits) {
  std::vector<std::size_t> all;
  for (const Split split : kSplits) {
    const auto& part = splits.of(split);
    if (!std::is_sorted(part.begin(), part.end())) return false;
    all.insert(all.end(), part.begin(), part.end());
  }
  std::sort(all.begin(), all.end());
  return all == all_indices(data);
}

}  // namespace

TEST_CASE("random splits keep sources whole and meet each class's share, for many seeds and shapes", "[splits]") {
  const std::vector<std::pair<double, double>> fractions = {{0.2, 0.2}, {0, 0.25}, {0.1, 0}, {0.3, 0.6}, {0.05, 0.01}};
  std::mt19937_64 generator(1);
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const int classes = 1 + static_cast<int>(generator() % 12);
    const Dataset data = random_dataset(classes, 3, 3 + static_cast<int>(generator() % 30), generator);
    const auto [validation, test] = fractions[seed % fractions.size()];
    CAPTURE(seed, classes, data.clips.size(), validation, test);
    const Splits splits = split_at_random(data, validation, test, seed);
    REQUIRE(is_partition(data, splits));
    REQUIRE(shared_sources(data, splits).empty());
    REQUIRE(splits.validation.empty() == (validation == 0));
    REQUIRE(splits.test.empty() == (test == 0));
    const auto totals = sources_per_class(data, all_indices(data));
    const std::map<Split, double> wanted = {
        {Split::train, 1 - validation - test}, {Split::validation, validation}, {Split::test, test}};
    for (const auto& [split, fraction] : wanted) {
      if (fraction == 0) continue;
      const auto counts = sources_per_class(data, splits.of(split));
      for (std::size_t k = 0; k < counts.size(); ++k) {
        REQUIRE(counts[k] >= 1);
        // Rounding moves a share by half a source per split, the minimum of one by at most one more each.
        REQUIRE(std::abs(static_cast<double>(counts[k]) - fraction * static_cast<double>(totals[k])) <= 2.0);
      }
    }
  }
}

TEST_CASE("with enough sources the shares are exact", "[splits]") {
  std::vector<testing::SampleClip> clips;
  for (int s = 0; s < 40; ++s) clips.push_back({{s % 2}, 0, "s" + std::to_string(s)});
  const Dataset data = sample_dataset(2, clips);
  const Splits splits = split_at_random(data, 0.2, 0.1, 5);
  CHECK(dataset::clips_per_class(data, splits.train) == std::vector<std::size_t>{14, 14});
  CHECK(dataset::clips_per_class(data, splits.validation) == std::vector<std::size_t>{4, 4});
  CHECK(dataset::clips_per_class(data, splits.test) == std::vector<std::size_t>{2, 2});
  CHECK(splits.description ==
        "random with seed 5: train 28 clips of 28 sources, validation 8 clips of 8 sources, test 4 clips of 4 sources");
}

TEST_CASE("a seed gives one split, another seed another", "[splits]") {
  std::mt19937_64 generator(2);
  const Dataset data = random_dataset(4, 10, 20, generator);
  std::set<std::vector<std::size_t>> test_splits;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Splits splits = split_at_random(data, 0.2, 0.2, seed);
    CHECK(split_at_random(data, 0.2, 0.2, seed).test == splits.test);
    test_splits.insert(splits.test);
  }
  CHECK(test_splits.size() == 20);
}

TEST_CASE("every source comes to the test split about equally often", "[splits]") {
  std::vector<testing::SampleClip> clips;
  for (int s = 0; s < 10; ++s) clips.push_back({{0}, 0, "s" + std::to_string(s)});
  const Dataset data = sample_dataset(1, clips);
  std::vector<int> times(10);
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    for (const std::size_t index : split_at_random(data, 0.2, 0.2, seed).test) ++times[index];
  }
  // 2000 draws of 2 in 10: 400 expected, standard deviation 18.
  for (const int count : times) CHECK(std::abs(count - 400) < 90);
}

TEST_CASE("the order of the clips does not matter", "[splits]") {
  std::mt19937_64 generator(3);
  const Dataset data = random_dataset(3, 5, 9, generator);
  Dataset reversed = data;
  std::reverse(reversed.clips.begin(), reversed.clips.end());
  const auto ids = [](const Dataset& from, const std::vector<std::size_t>& indices) {
    std::set<std::string> names;
    for (const std::size_t index : indices) names.insert(from.clips[index].id);
    return names;
  };
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    CHECK(ids(data, split_at_random(data, 0.2, 0.2, seed).test) ==
          ids(reversed, split_at_random(reversed, 0.2, 0.2, seed).test));
  }
}

TEST_CASE("a known seed gives a known split on every platform", "[splits]") {
  // By hand: mt19937_64(0) gives 2947667278772165694, 18301848765998365067, 729919693006235833, 11021831128136023278,
  // ... and Fisher-Yates from the end swaps 4 with (first % 5) = 4, 3 with (second % 4) = 3, 2 with (third % 3) = 1, 1
  // with (fourth % 2) = 0: order 2, 0, 1, 3, 4. Shares 3, 1, 1: train starves first, then validation, then test.
  const Dataset data =
      sample_dataset(1, {{{0}, 0, "s0"}, {{0}, 0, "s1"}, {{0}, 0, "s2"}, {{0}, 0, "s3"}, {{0}, 0, "s4"}});
  const Splits splits = split_at_random(data, 0.2, 0.2, 0);
  CHECK(splits.train == std::vector<std::size_t>{2, 3, 4});
  CHECK(splits.validation == std::vector<std::size_t>{0});
  CHECK(splits.test == std::vector<std::size_t>{1});
}

TEST_CASE("too few sources are refused with class and count", "[splits]") {
  const Dataset data =
      sample_dataset(2, {{{0}, 0, "p"}, {{0}, 0, "q"}, {{0}, 0, "r"}, {{1}, 0, "t"}, {{1}, 0, "t"}, {{1}, 0, "u"}});
  CHECK(message_of<DataError>([&] { split_at_random(data, 0.3, 0.3, 0); }) ==
        "class 'b' has 2 source recordings, fewer than the 3 splits that need one each; add recordings or leave a "
        "split out");
  CHECK_NOTHROW(split_at_random(data, 0.3, 0, 0));
  CHECK_THROWS_AS(split_at_random(sample_dataset(1, {}), 0.1, 0.1, 0), DataError);
}

TEST_CASE("without fractions all is for training", "[splits]") {
  const Dataset data = sample_dataset(1, {{{0}, 0, "p"}, {{0}, 0, "q"}, {{0}, 0, "r"}});
  CHECK(split_at_random(data, 0, 0, 0).train.size() == 3);
}

TEST_CASE("sources with several classes stay whole and every class is in every split", "[splits]") {
  std::mt19937_64 generator(4);
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    std::vector<testing::SampleClip> clips;
    for (int s = 0; s < 60; ++s) {
      const auto first = static_cast<std::int64_t>(generator() % 4);
      const auto second = static_cast<std::int64_t>(4 + generator() % 3);
      const std::string source = "s" + std::to_string(s);
      clips.push_back({{first, second}, 0, source});
      if (generator() % 2 == 0) clips.push_back({{second}, 0, source});
    }
    Dataset data = sample_dataset(7, clips);
    data.multi_label = true;
    CAPTURE(seed);
    const Splits splits = split_at_random(data, 0.2, 0.2, seed);
    REQUIRE(is_partition(data, splits));
    REQUIRE(shared_sources(data, splits).empty());
    for (const Split split : kSplits) {
      for (const std::size_t count : sources_per_class(data, splits.of(split))) REQUIRE(count >= 1);
    }
  }
}

TEST_CASE("a split that cannot be made because classes share sources is refused", "[splits]") {
  // Each class has three sources, but only the first is common: a and b cannot both be in all three splits by two.
  const Dataset data = sample_dataset(3, {{{0, 1}, 0, "p"}, {{1, 2}, 0, "q"}, {{0, 2}, 0, "r"}, {{0}, 0, "u"}});
  CHECK_THROWS_AS(split_at_random(data, 0.3, 0.3, 0), DataError);
}
