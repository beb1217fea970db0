// SPDX-License-Identifier: Apache-2.0
#include "rounds/round_features.h"

#include "protocols/synthetic_folds.h"
#include "splits/splits.h"

#include <catch2/catch.hpp>

using namespace soundfold;

namespace {

splits::Round some_round() {
  splits::Round round;
  round.test = 1;
  round.validation = 3;
  round.train = {2, 4};
  return round;
}

}  // namespace

TEST_CASE("selected clips keep their windows, order and targets", "[rounds]") {
  heads::FeatureSet set;
  set.features = torch::arange(14, torch::kFloat32).reshape({7, 2});
  set.clip_of_frame = torch::tensor(std::vector<std::int64_t>{0, 0, 1, 2, 2, 2, 3}, torch::kLong);
  set.first_frame = torch::tensor(std::vector<std::int64_t>{0, 2, 3, 6, 7}, torch::kLong);
  set.targets = torch::tensor(std::vector<std::int64_t>{5, 6, 7, 8}, torch::kLong);
  set.clip_ids = {"a", "b", "c", "d"};
  set.frame_weights = torch::tensor({1.F, 1.F, 1.F, 0.5F, 1.F, 1.5F, 2.F});
  const auto chosen = heads::select_clips(set, {true, false, true, false});
  CHECK(chosen.clip_ids == std::vector<std::string>{"a", "c"});
  CHECK(torch::equal(chosen.features.select(1, 0), torch::tensor({0.F, 2.F, 6.F, 8.F, 10.F})));
  CHECK(torch::equal(chosen.clip_of_frame, torch::tensor(std::vector<std::int64_t>{0, 0, 1, 1, 1}, torch::kLong)));
  CHECK(torch::equal(chosen.first_frame, torch::tensor(std::vector<std::int64_t>{0, 2, 5}, torch::kLong)));
  CHECK(torch::equal(chosen.targets, torch::tensor(std::vector<std::int64_t>{5, 7}, torch::kLong)));
  CHECK(chosen.frame_weights.mean().item<float>() == Approx(1));
  CHECK_FALSE(heads::select_clips(set, {false, true, false, false}).empty());
  CHECK_THROWS(heads::select_clips(set, {true}));
}

TEST_CASE("a round has each clip once, in the split of its fold", "[rounds]") {
  const auto all = testing::make_folds(5, 6);
  const auto round = rounds::round_features(all, some_round());
  CHECK(round.data.dataset == all.data.dataset);  // one for all rounds
  CHECK(round.origin == all.origin);
  CHECK(round.sets.train.clip_count() == 12);
  CHECK(round.sets.validation.clip_count() == 6);
  CHECK(round.sets.test.clip_count() == 6);
  for (const auto& id : round.sets.train.clip_ids) CHECK((id[0] == '2' || id[0] == '4'));
  for (const auto& id : round.sets.validation.clip_ids) CHECK(id[0] == '3');
  for (const auto& id : round.sets.test.clip_ids) CHECK(id[0] == '1');
  CHECK(rounds::round_test(all, some_round()).clip_ids == round.sets.test.clip_ids);
  for (std::size_t i = 0; i < round.data.splits.train.size(); ++i) {
    CHECK(all.data.dataset->clips[round.data.splits.train[i]].id == round.sets.train.clip_ids[i]);
  }
}

TEST_CASE("variants are trained on with their clip and never evaluated", "[rounds]") {
  auto all = testing::make_folds(5, 6);
  auto variants = all.sets.recorded_train;
  variants.features = variants.features + 100;
  all.sets.train = heads::joined(all.sets.recorded_train, variants);
  const auto round = rounds::round_features(all, some_round());
  CHECK(round.sets.train.clip_count() == 24);
  CHECK(round.sets.train.features.gt(50).any().item<bool>());
  CHECK(round.sets.validation.clip_count() == 6);
  CHECK(round.sets.test.clip_count() == 6);
  CHECK_FALSE(round.sets.test.features.gt(50).any().item<bool>());
}
