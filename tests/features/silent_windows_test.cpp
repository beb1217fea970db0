// SPDX-License-Identifier: Apache-2.0
#include "features/silent_windows.h"

#include "support/errors.h"
#include "testing/testing.h"
#include "training/synthetic.h"

#include <catch2/catch.hpp>

using namespace soundfold;
using Catch::Contains;

namespace {

config::Silence silence(const std::string& windows, const std::string& measure = "level") {
  config::Silence silence;
  silence.windows = choice_named<config::SilentUse>(windows).value();
  silence.measure = choice_named<config::SilenceMeasure>(measure).value();
  return silence;
}

/// Three clips of 2, 3 and 1 windows; window f has the one value f.
heads::FeatureSet three_clips() {
  heads::FeatureSet set;
  set.features = torch::arange(6, torch::kFloat32).unsqueeze(1);
  set.clip_of_frame = torch::tensor({0, 0, 1, 1, 1, 2}, torch::kLong);
  set.first_frame = torch::tensor({0, 2, 5, 6}, torch::kLong);
  set.targets = torch::tensor({0, 1, 0}, torch::kLong);
  set.clip_ids = {"a", "b", "c"};
  return set;
}

/// Windows 1, 2, 3, 4 and 5 are below -60 dBFS; clips b and c hold nothing else.
const torch::Tensor kLevels = torch::tensor({-20.0F, -70.0F, -90.0F, -80.0F, -120.0F, -120.0F});

}  // namespace

TEST_CASE("dropping silent windows keeps each clip's loudest", "[features]") {
  auto set = three_clips();
  const auto done = features::treat_silent_windows(set, kLevels, silence("drop"));
  CHECK(done.text() == "3 of 6 training windows are silent (below -60 dBFS): dropped");
  CHECK(torch::equal(set.features.flatten(), torch::tensor({0.0F, 3.0F, 5.0F})));
  CHECK(torch::equal(set.clip_of_frame, torch::tensor({0, 1, 2}, torch::kLong)));
  CHECK(torch::equal(set.first_frame, torch::tensor({0, 1, 2, 3}, torch::kLong)));
  CHECK_FALSE(set.frame_weights.defined());
}

TEST_CASE("weighting silent windows keeps all, with a mean weight of one", "[features]") {
  auto set = three_clips();
  const auto done = features::treat_silent_windows(set, kLevels, silence("weight"));
  CHECK(done.text() == "3 of 6 training windows are silent (below -60 dBFS): weighted 0.1");
  CHECK(set.frame_count() == 6);
  // Three of 1 and three of 0.1: their mean is 0.55.
  const auto expected = torch::tensor({1.0F, 0.1F, 0.1F, 1.0F, 0.1F, 1.0F}) / 0.55;
  CHECK(torch::allclose(set.frame_weights, expected));
}

TEST_CASE("by YAMNet's score the least silent window has the lowest score", "[features]") {
  auto set = three_clips();
  const auto scores = torch::tensor({0.4999F, 0.5F, 0.9F, 0.8F, 0.6F, 0.1F});
  const auto done = features::treat_silent_windows(set, scores, silence("drop", "score"));
  CHECK(done.text() == "3 of 6 training windows are silent (score for Silence of at least 0.5): dropped");
  CHECK(torch::equal(set.features.flatten(), torch::tensor({0.0F, 4.0F, 5.0F})));
}

TEST_CASE("windows exactly at the level are not silent, equal ones keep the first, keep changes nothing",
          "[features]") {
  auto set = three_clips();
  const auto all_equal = torch::full({6}, -120.0F);
  CHECK(features::treat_silent_windows(set, torch::full({6}, -60.0F), silence("drop")).silent == 0);
  CHECK(features::treat_silent_windows(set, all_equal, silence("keep")).silent == 0);
  CHECK(set.frame_count() == 6);
  CHECK(features::treat_silent_windows(set, all_equal, silence("drop")).silent == 3);
  CHECK(torch::equal(set.features.flatten(), torch::tensor({0.0F, 2.0F, 5.0F})));
  CHECK_THROWS_AS(features::treat_silent_windows(set, all_equal, silence("drop")), UsageError);
}

TEST_CASE("silence is read from the store, and a network without that class is named", "[features]") {
  const testing::TempFolder folder;
  store::Store store(folder / "store");
  store::ClipEmbeddings record;
  record.patch_count = 2;
  record.embedding_size = 1;
  record.score_count = 2;
  record.embeddings = {1, 2};
  record.scores = {0.1F, 0.2F, 0.3F, 0.4F};
  record.level_dbfs = {-10, -80};
  const auto key = store::record_key("audio", store::Recipe());
  store.write({{key, record}});
  const std::vector<extraction::ExtractedClip> extracted = {{"", 0, "bad"}, {key, 2, ""}};
  const auto read = [&](const std::string& measure, std::optional<std::size_t> silence_class) {
    return features::silence_of_windows({0, 1}, extracted, store, silence("drop", measure), silence_class);
  };
  CHECK(torch::equal(read("level", std::nullopt), torch::tensor({-10.0F, -80.0F})));
  CHECK(torch::equal(read("score", 1), torch::tensor({0.2F, 0.4F})));
  CHECK_THROWS_WITH(read("score", 2), Contains("class Silence"));
  CHECK_THROWS_AS(read("score", std::nullopt), DataError);
}

TEST_CASE("windows of weight zero have no effect, whatever they hold", "[features]") {
  const auto settings = testing::small_settings();
  auto set = testing::make_clips(12, 4, 2, 5);
  set.frame_weights = torch::ones({set.frame_count()});
  set.frame_weights[3] = 0;
  const auto train = [&](float garbage, double mixup) {
    auto own = settings;
    own.augmentation.mixup_alpha = mixup;
    auto changed = set;
    changed.features = set.features.clone();
    changed.features[3] = garbage;
    auto outcome = testing::train_quietly(own, changed, {}, 2);
    return testing::values_of(outcome.head);
  };
  CHECK(train(5, 0) == train(-50, 0));
  set.frame_weights[3] = 1;
  CHECK(train(5, 0) != train(-50, 0));
}

TEST_CASE("joined sets keep windows, clips and targets together", "[features]") {
  const auto a = testing::make_clips(3, 2, 2, 1), b = testing::make_clips(5, 2, 2, 2);
  const auto both = heads::joined(a, b);
  REQUIRE(both.clip_count() == 8);
  CHECK(both.frame_count() == a.frame_count() + b.frame_count());
  for (std::int64_t clip = 0; clip < 5; ++clip) {
    const auto begin = both.first_frame[3 + clip].item<std::int64_t>(),
               end = both.first_frame[4 + clip].item<std::int64_t>();
    const auto own =
        b.features.slice(0, b.first_frame[clip].item<std::int64_t>(), b.first_frame[clip + 1].item<std::int64_t>());
    CHECK(torch::equal(both.features.slice(0, begin, end), own));
    CHECK(both.clip_of_frame.slice(0, begin, end).eq(3 + clip).all().item<bool>());
    CHECK(torch::equal(both.targets[3 + clip], b.targets[clip]));
  }
  CHECK(heads::joined(a, {}).clip_count() == 3);
  CHECK_THROWS_AS(heads::joined(a, testing::make_clips(3, 7, 2, 1)), UsageError);
}
