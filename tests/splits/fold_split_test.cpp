// SPDX-License-Identifier: Apache-2.0
#include "splits/fold_split.h"

#include "dataset/sample_data.h"
#include "splits/split_checks.h"
#include "splits/splits.h"

#include <catch2/catch.hpp>

using namespace soundfold;
using namespace soundfold::dataset;
using namespace soundfold::splits;
using testing::message_of;
using testing::sample_dataset;

namespace {

/// Two classes in folds 1-3, two clips each, every clip its own source.
Dataset three_folds() {
  std::vector<testing::SampleClip> clips;
  for (int fold = 1; fold <= 3; ++fold) {
    for (int k = 0; k < 4; ++k) clips.push_back({{k % 2}, fold, "s" + std::to_string(clips.size())});
  }
  return sample_dataset(2, clips);
}

}  // namespace

TEST_CASE("clips go to the split of their fold", "[splits]") {
  const Dataset data = three_folds();
  const Splits splits = split_by_fold(data, {{3, 1}, {}, {2}});
  CHECK(splits.train == std::vector<std::size_t>{0, 1, 2, 3, 8, 9, 10, 11});
  CHECK(splits.validation.empty());
  CHECK(splits.test == std::vector<std::size_t>{4, 5, 6, 7});
  CHECK(&splits.of(Split::train) == &splits.train);
  CHECK(&splits.of(Split::validation) == &splits.validation);
  CHECK(&splits.of(Split::test) == &splits.test);
  CHECK(splits.description == "train folds 1, 3 (8 clips), test fold 2 (4)");
  CHECK(split_by_fold(data, {{1}, {2}, {}}).description ==
        "train fold 1 (4 clips), validation fold 2 (4), 4 clips left out");
}

TEST_CASE("missing folds are usage errors", "[splits]") {
  const Dataset data = three_folds();
  const auto failure = [&data](const FoldChoice& folds) {
    return message_of<UsageError>([&] { split_by_fold(data, folds); });
  };
  CHECK(failure({{1}, {}, {4}}) == "fold 4 (test) is not in 'sample', which has folds 1-3");
  CHECK(failure({{0}, {}, {}}) == "fold 0 (train) is not in 'sample', which has folds 1-3");
  const Dataset foldless = sample_dataset(1, {{{0}, 0, "x"}});
  CHECK_THAT(message_of<UsageError>([&] {
               split_by_fold(foldless, {{1}, {}, {}});
             }),
             Catch::Contains("'sample' has no folds; split at random"));
}

TEST_CASE("a class with no clip in a split is named with the counts there", "[splits]") {
  const Dataset data = sample_dataset(2, {{{0}, 1, "p"}, {{1}, 1, "q"}, {{0}, 2, "r"}, {{0}, 3, "s"}, {{1}, 3, "t"}});
  CHECK(
      message_of<DataError>([&] {
        split_by_fold(data, {{1}, {}, {2}});
      }) ==
      "class 'b' has no clip in the test split (a 1, b 0); class 'b' has clips only in folds 1, 3: choose other folds "
      "or leave the class out");
  CHECK_NOTHROW(split_by_fold(data, {{1, 2}, {}, {3}}));
}

TEST_CASE("with many classes the counts are summed up", "[splits]") {
  std::vector<testing::SampleClip> clips;
  for (std::int64_t k = 0; k < 20; ++k) clips.push_back({{k}, 1, "s" + std::to_string(k)});
  for (std::int64_t k = 2; k < 20; ++k) clips.push_back({{k}, 2, "t" + std::to_string(k)});
  clips.push_back({{2}, 2, "u"});
  CHECK_THAT(
      message_of<DataError>([&] {
        split_by_fold(sample_dataset(20, clips), {{1}, {2}, {}});
      }),
      Catch::Contains("classes 'a', 'b' have no clip in the validation split (the other 18 classes have 1 to 2)"));
}

TEST_CASE("a source in two splits is refused and named", "[splits]") {
  const Dataset data = sample_dataset(1, {{{0}, 1, "tape7"}, {{0}, 1, "x"}, {{0}, 2, "tape7"}});
  CHECK(message_of<DataError>([&] {
          split_by_fold(data, {{1}, {}, {2}});
        }) ==
        "source 'tape7' has clips in both the train and the test split: 'clip0' and 'clip2'; give all clips of one "
        "recording the same fold, or correct their source");
  CHECK_NOTHROW(split_by_fold(data, {{1, 2}, {}, {}}));
}

TEST_CASE("published folds keep their shared sources, but a fold is never split", "[splits]") {
  Dataset data = sample_dataset(1, {{{0}, 1, "tape7"}, {{0}, 1, "tape7"}, {{0}, 2, "tape7"}});
  data.folds_are_published = true;
  const Splits splits = split_by_fold(data, {{1}, {}, {2}});
  CHECK(splits.description == "train fold 1 (2 clips), test fold 2 (1); 1 source in several splits, as published");
  CHECK_THAT(message_of<DataError>([&] { check_splits(data, {{0}, {}, {1}, ""}); }), Catch::Contains("source 'tape7'"));
}

TEST_CASE("splits made by hand are checked too", "[splits]") {
  const Dataset data = three_folds();
  CHECK_NOTHROW(check_splits(data, {{0, 1}, {2, 3}, {}, ""}));
  CHECK_THAT(message_of<DataError>([&] {
               check_splits(data, {{0, 1}, {1, 2}, {}, ""});
             }),
             Catch::Contains("clip 'clip1' is in both the train and the validation split"));
  CHECK_THAT(message_of<DataError>([&] { check_splits(data, {{0, 1, 99}, {}, {}, ""}); }), Catch::Contains("index 99"));
  CHECK_THAT(message_of<DataError>([&] { check_splits(data, {{0, 1, 1}, {}, {}, ""}); }), Catch::Contains("index 1"));
}

TEST_CASE("every label of a clip counts for its class", "[splits]") {
  const Dataset data = sample_dataset(2, {{{0, 1}, 1, "p"}, {{0, 1}, 2, "q"}, {{0}, 3, "r"}});
  CHECK_NOTHROW(split_by_fold(data, {{1}, {}, {2}}));
  CHECK_THROWS_AS(split_by_fold(data, {{1}, {}, {3}}), DataError);
}
