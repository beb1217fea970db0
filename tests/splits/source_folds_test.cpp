// SPDX-License-Identifier: Apache-2.0
#include "splits/source_folds.h"

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
using Catch::Contains;
using testing::message_of;
using testing::sample_dataset;

namespace {

/// `classes` classes with 10 + 3 k sources of one to three clips each.
Dataset with_sources(int classes) {
  std::vector<testing::SampleClip> clips;
  for (int k = 0; k < classes; ++k) {
    for (int s = 0; s < 10 + 3 * k; ++s) {
      for (int c = 0; c <= s % 3; ++c) clips.push_back({{k}, 0, std::to_string(k) + "-" + std::to_string(s)});
    }
  }
  return sample_dataset(classes, clips);
}

std::map<int, std::set<std::string>> sources_of_folds(const Dataset& data, std::int64_t label) {
  std::map<int, std::set<std::string>> sources;
  for (const auto& clip : data.clips) {
    if (clip.labels.front() == label) sources[clip.fold].insert(clip.source);
  }
  return sources;
}

}  // namespace

TEST_CASE("drawn folds keep sources whole and spread each class evenly, remainders over different folds", "[splits]") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Dataset data = with_sources(4);
    data.folds_are_published = true;
    data.clips.front().split = Split::test;
    draw_folds(data, 5, seed);
    CHECK_FALSE(data.folds_are_published);
    CHECK_FALSE(data.gives_splits());
    CHECK(data.folds() == std::vector<int>{1, 2, 3, 4, 5});
    std::map<std::string, std::set<int>> folds_of;
    for (const auto& clip : data.clips) folds_of[clip.source].insert(clip.fold);
    for (const auto& entry : folds_of) CHECK(entry.second.size() == 1);
    std::map<int, std::size_t> totals;
    for (int k = 0; k < 4; ++k) {
      const auto sources = sources_of_folds(data, k);
      REQUIRE(sources.size() == 5);
      const std::size_t share = static_cast<std::size_t>(10 + 3 * k) / 5;
      for (const auto& [fold, of_fold] : sources) {
        CHECK((of_fold.size() == share || of_fold.size() == share + 1));
        totals[fold] += of_fold.size();
      }
    }
    // 10 + 13 + 16 + 19 = 58 sources: 11 or 12 in each fold, as 3 + 1 + 4 are left over and go round.
    for (const auto& entry : totals) CHECK((entry.second == 11 || entry.second == 12));
  }
}

TEST_CASE("folds depend on the seed and not on the clips' order", "[splits]") {
  Dataset one = with_sources(3), same = one, other = one;
  std::shuffle(same.clips.begin(), same.clips.end(), std::mt19937(1));
  draw_folds(one, 4, 9);
  draw_folds(same, 4, 9);
  draw_folds(other, 4, 10);
  const auto folds = [](const Dataset& data) {
    std::map<std::string, int> of_clip;
    for (const auto& clip : data.clips) of_clip[clip.id] = clip.fold;
    return of_clip;
  };
  CHECK(folds(one) == folds(same));
  CHECK(folds(one) != folds(other));
}

TEST_CASE("a class of fewer sources than folds is refused", "[splits]") {
  Dataset data = sample_dataset(2, {{{0}, 0, "p"}, {{0}, 0, "q"}, {{0}, 0, "r"}, {{1}, 0, "s"}, {{1}, 0, "t"}});
  CHECK(
      message_of<DataError>([&] { draw_folds(data, 3, 1); }) ==
      "class 'b' has 2 source recordings, fewer than the 3 folds that need one each; lower protocol.fold_count or add "
      "recordings");
  CHECK_NOTHROW(draw_folds(data, 2, 1));
}

TEST_CASE("clips without a label are spread too, however few", "[splits]") {
  std::vector<testing::SampleClip> clips;
  for (int i = 0; i < 8; ++i) clips.push_back({{i % 2}, 0, "s" + std::to_string(i)});
  clips.push_back({{}, 0, "quiet"});
  Dataset data = sample_dataset(2, clips);
  data.multi_label = true;
  draw_folds(data, 4, 1);
  CHECK(data.clips.back().fold >= 1);
  CHECK(data.clips.back().fold <= 4);
}

TEST_CASE("one fold for each source, by name", "[splits]") {
  Dataset data = sample_dataset(2, {{{0}, 0, "park"}, {{1}, 0, "attic"}, {{1}, 0, "park"}, {{0}, 0, "street"}});
  fold_per_source(data);
  std::vector<int> folds;
  for (const auto& clip : data.clips) folds.push_back(clip.fold);
  CHECK(folds == std::vector<int>{2, 1, 2, 3});
  Dataset single = sample_dataset(1, {{{0}, 0, "park"}, {{0}, 0, "park"}});
  CHECK_THAT(message_of<DataError>([&] { fold_per_source(single); }), Contains("1 source recording"));
  Dataset rare = sample_dataset(2, {{{0}, 0, "park"}, {{1}, 0, "attic"}, {{0}, 0, "attic"}});
  CHECK_THAT(message_of<DataError>([&] { fold_per_source(rare); }),
             Contains("class 'b' is in one source only, 'attic'"));
}

TEST_CASE("a test split may lack classes where sources are left out in turn, training may not", "[splits]") {
  const Dataset data = sample_dataset(2, {{{0}, 1, "p"}, {{1}, 1, "q"}, {{0}, 2, "r"}});
  Splits splits;
  splits.train = {0, 1};
  splits.test = {2};
  CHECK_THROWS_AS(check_splits(data, splits), DataError);
  CHECK_NOTHROW(check_splits(data, splits, {true, /*classes_in_all=*/false}));
  splits.train = {2};
  splits.test = {0, 1};
  CHECK_THAT(message_of<DataError>([&] {
               check_splits(data, splits, {true, false});
             }),
             Contains("class 'b' has no clip in the train split"));
}
