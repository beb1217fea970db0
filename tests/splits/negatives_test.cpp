// SPDX-License-Identifier: Apache-2.0
#include "dataset/small_manifest.h"
#include "splits/random_split.h"
#include "splits/split_checks.h"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace soundfold;
using namespace soundfold::dataset;
using namespace soundfold::splits;
using Catch::Contains;
using testing::message_of;
using testing::sample_dataset;
using testing::SmallManifest;

TEST_CASE("with several labels an empty cell is a clip without any, kept as a negative", "[splits]") {
  SmallManifest manifest("path,label\na.wav,cat\nb.wav,\ndeep/c.wav,dog\n");
  CHECK_THAT(manifest.failure(), Contains("row 3: the label is empty"));
  manifest.options.multi_label = true;
  Dataset data = manifest.load();
  REQUIRE(data.clips.size() == 3);
  CHECK(data.clips[1].labels.empty());
  CHECK(data.description == "clips, 3 clips listed; 2 classes, 3 clips: cat 1, dog 1, without a label 1");

  // Of the classes not chosen, clips are left out unless they are to be kept; those without a label stay.
  manifest.options.classes = {"cat"};
  data = manifest.load();
  CHECK(data.clips.size() == 2);
  manifest.options.keep_unlabelled = true;
  data = manifest.load();
  REQUIRE(data.clips.size() == 3);
  CHECK(data.clips[2].labels.empty());
}

TEST_CASE("labels are needed somewhere, and keeping what has none needs several labels", "[splits]") {
  SmallManifest manifest("path,label\na.wav,\nb.wav,\n");
  manifest.options.multi_label = true;
  CHECK_THAT(manifest.failure(), Contains("no clip has a label"));
  SmallManifest single("path,label\na.wav,cat\n");
  single.options.keep_unlabelled = true;
  CHECK_THAT(single.failure<UsageError>(), Contains("data.keep_unlabelled needs data.multi_label"));
}

TEST_CASE("a class that every training clip has is refused", "[splits]") {
  Dataset data = sample_dataset(2, {{{0}, 1, "p"}, {{0, 1}, 1, "q"}, {{1}, 2, "r"}});
  data.multi_label = true;
  Splits splits;
  splits.train = {0, 1};
  CHECK_THAT(message_of<DataError>([&] { check_negatives(data, splits); }),
             Contains("class 'a' has no negative example: all 2 training clips carry it; list clips without it"));
  splits.train = {0, 1, 2};
  CHECK_NOTHROW(check_negatives(data, splits));
  data.clips[2].labels.clear();
  CHECK_NOTHROW(check_negatives(data, splits));
  data.multi_label = false;
  data.clips[1].labels = {0};
  splits.train = {0, 1};
  CHECK_THAT(message_of<DataError>([&] { check_negatives(data, splits); }), Contains("choose folds"));
}

TEST_CASE("a single class is no classifier; with negatives and several labels it is one", "[splits]") {
  Dataset data = sample_dataset(1, {{{0}, 0, "p"}, {{0}, 0, "q"}});
  Splits splits;
  splits.train = {0, 1};
  CHECK_THAT(
      message_of<DataError>([&] { check_negatives(data, splits); }),
      Contains("a classifier needs at least two classes, and 'a' is the only one") && Contains("data.other_class"));
  data.multi_label = true;
  CHECK_THAT(message_of<DataError>([&] { check_negatives(data, splits); }), Contains("data.keep_unlabelled"));
  data.clips[1].labels.clear();
  CHECK_NOTHROW(check_negatives(data, splits));
}

TEST_CASE("clips without a label are split in their share, and no split has to have one", "[splits]") {
  std::vector<testing::SampleClip> clips;
  for (int i = 0; i < 60; ++i) {
    clips.push_back({{}, 0, "s" + std::to_string(i)});
    if (i % 3 < 2) clips.back().labels = {i % 3};
  }
  Dataset data = sample_dataset(2, clips);
  data.multi_label = true;
  const Splits splits = split_at_random(data, 0.2, 0.3, 3);
  const auto unlabelled = [&](Split split) {
    const auto& indices = splits.of(split);
    return std::count_if(indices.begin(), indices.end(), [&](auto i) { return data.clips[i].labels.empty(); });
  };
  CHECK(unlabelled(Split::train) == 10);
  CHECK(unlabelled(Split::validation) == 4);
  CHECK(unlabelled(Split::test) == 6);
  CHECK(splits.train.size() + splits.validation.size() + splits.test.size() == 60);

  // A single one is trained on.
  clips.resize(2);
  clips.push_back({{}, 0, "alone"});
  for (int i = 0; i < 6; ++i) clips.push_back({{i % 2}, 0, "t" + std::to_string(i)});
  Dataset few = sample_dataset(2, clips);
  few.multi_label = true;
  const Splits small = split_at_random(few, 0.3, 0.3, 1);
  CHECK(std::count(small.train.begin(), small.train.end(), 2U) == 1);
}

TEST_CASE("a single folder above those of the classes is answered with it", "[splits]") {
  const testing::TempFolder folder;
  for (const char* name : {"pets/cat/a.wav", "pets/dog/b.wav"}) testing::put_file(folder / name);
  dataset::DataOptions options;
  options.layout = dataset::Layout::folders;
  options.root = folder.path();
  const auto data = dataset::load(options);
  REQUIRE(data.class_names == std::vector<std::string>{"pets"});
  CHECK_THAT(testing::message_of<DataError>([&] {
               splits::check_negatives(data, {{0, 1}, {}, {}, ""});
             }),
             Catch::Contains("'pets' is the only one; the classes seem to be in '" + (folder / "pets").string() +
                             "' (cat, dog): give that folder"));
}
