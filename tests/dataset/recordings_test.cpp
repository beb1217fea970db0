// SPDX-License-Identifier: Apache-2.0
#include "dataset/sample_data.h"
#include "splits/random_split.h"
#include "splits/split_checks.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

#include <map>
#include <set>

using namespace soundfold;
using namespace soundfold::dataset;
using namespace soundfold::splits;
using testing::message_of;

namespace {

/// The part of ESC-50 that the mirror holds: 1,064 clips, ESC-10 and the cats in all folds, the other classes in folds
/// 1 and 4.
DataOptions mirrored_esc50(const std::vector<std::string>& classes = {}) {
  DataOptions options;
  options.root = testing::assets_folder() / "esc50";
  options.classes = classes;
  return options;
}

}  // namespace

TEST_CASE("the mirrored part of ESC-50 loads completely", "[dataset][assets]") {
  const Dataset data = load(mirrored_esc50());
  CHECK(data.description == "ESC-50, 1,064 of 2,000 clips available; 50 classes, 1,064 clips: 16 to 40 each");
  CHECK(data.folds() == std::vector<int>{1, 2, 3, 4, 5});
  REQUIRE(data.class_names.size() == 50);
  CHECK(data.class_names[0] == "dog");
  CHECK(data.class_names[5] == "cat");
  CHECK(data.class_names[49] == "hand_saw");
  for (const auto& clip : data.clips) {
    // The official name is fold-source-take-target: with all classes chosen the target is the label.
    const std::string stem = clip.path.stem().string();
    CHECK(stem.substr(0, stem.find('-')) == std::to_string(clip.fold));
    CHECK(stem.substr(stem.rfind('-') + 1) == std::to_string(clip.labels.at(0)));
  }
}

TEST_CASE("ESC-10 is complete: 8 clips per class and fold", "[dataset][assets]") {
  DataOptions options = mirrored_esc50();
  options.esc10 = true;
  const Dataset data = load(options);
  CHECK(data.clips.size() == 400);
  CHECK(data.class_names == std::vector<std::string>{"dog", "rooster", "rain", "sea_waves", "crackling_fire",
                                                     "crying_baby", "sneezing", "clock_tick", "helicopter",
                                                     "chainsaw"});
  std::map<std::pair<std::int64_t, int>, int> counts;
  for (const auto& clip : data.clips) ++counts[{clip.labels.at(0), clip.fold}];
  CHECK(counts.size() == 50);
  for (const auto& entry : counts) CHECK(entry.second == 8);
  const Splits splits = split_by_fold(data, {{1, 2, 3}, {4}, {5}});
  CHECK(splits.description == "train folds 1-3 (240 clips), validation fold 4 (80), test fold 5 (80)");
  CHECK(shared_sources(data, splits).empty());
}

TEST_CASE("dog and cat are complete: the tutorial's split has 48, 16 and 16 clips", "[dataset][assets]") {
  const Dataset data = load(mirrored_esc50({"dog", "cat"}));
  const Splits splits = split_by_fold(data, {{1, 2, 3}, {4}, {5}});
  CHECK(clips_per_class(data, splits.train) == std::vector<std::size_t>{24, 24});
  CHECK(clips_per_class(data, splits.validation) == std::vector<std::size_t>{8, 8});
  CHECK(clips_per_class(data, splits.test) == std::vector<std::size_t>{8, 8});
}

TEST_CASE("rain and wind over all five folds fail, because wind is only in two", "[dataset][assets]") {
  const Dataset data = load(mirrored_esc50({"rain", "wind"}));
  CHECK_THAT(message_of<DataError>([&] {
               split_by_fold(data, {{1, 2, 3}, {4}, {5}});
             }),
             Catch::Contains("class 'wind' has no clip in the test split (rain 8, wind 0)") &&
                 Catch::Contains("only in folds 1, 4"));
}

TEST_CASE("folds 1 and 4 share no source; folds 4 and 5 share two of the published four", "[dataset][assets]") {
  const Dataset data = load(mirrored_esc50());
  const Splits splits = split_by_fold(data, {{1}, {}, {4}});
  CHECK(shared_sources(data, splits).empty());
  CHECK_THAT(splits.description, Catch::Contains("train fold 1 (400 clips), test fold 4 (400), 264 clips left out"));

  const Dataset shared = load(mirrored_esc50({"hen", "rooster", "clock_alarm", "clock_tick"}));
  const Splits by_hand = split_by_fold(shared, {{1, 5}, {}, {4}});
  CHECK(shared_sources(shared, by_hand) == std::vector<std::string>{"209698", "234879"});
  CHECK_THAT(by_hand.description, Catch::Contains("2 sources in several splits, as published"));
}

TEST_CASE("random splits of ESC-50 keep its sources whole", "[dataset][assets]") {
  const Dataset data = load(mirrored_esc50());
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Splits splits = split_at_random(data, 0.2, 0.2, seed);
    REQUIRE(shared_sources(data, splits).empty());
    REQUIRE(splits.train.size() + splits.validation.size() + splits.test.size() == data.clips.size());
  }
}

TEST_CASE("a misspelt class of ESC-50 is answered with the nearest", "[dataset][assets]") {
  CHECK_THAT(
      message_of<UsageError>([] { load(mirrored_esc50({"dgo"})); }),
      Catch::Contains("class 'dgo' is not in ESC-50; did you mean 'dog'? Its 50 classes are listed in the column "
                      "'category' of"));
}

TEST_CASE("of the four sources in two folds the mirror has two whole, and a half of each other", "[dataset][assets]") {
  const Dataset data = load(mirrored_esc50());
  std::map<std::string, std::set<std::pair<int, std::string>>> places;
  for (const auto& clip : data.clips) {
    places[clip.source].emplace(clip.fold, data.class_names[static_cast<std::size_t>(clip.labels.front())]);
  }
  using Places = std::set<std::pair<int, std::string>>;
  CHECK(places["131943"] == Places{{2, "clock_tick"}});  // clock_alarm in fold 3 is not in the mirror
  CHECK(places["134049"] == Places{{3, "rooster"}});     // hen in fold 2 is not in the mirror
  CHECK(places["209698"] == Places{{4, "clock_alarm"}, {5, "clock_tick"}});
  CHECK(places["234879"] == Places{{4, "hen"}, {5, "rooster"}});
}
