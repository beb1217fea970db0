// SPDX-License-Identifier: Apache-2.0
#include "rounds/known_weight.h"

#include "config/load.h"
#include "config/print.h"
#include "protocols/tiny_place.h"
#include "rounds/round_training.h"
#include "support/errors.h"
#include "support/files.h"

#include <catch2/catch.hpp>

using namespace soundfold;

namespace {

/// Adds `right` clips of class 0 and `wrong` of class 1, all with these logits for class 0; those for class 1 are 0.
void add(rounds::HeldOutClips& clips, int right, int wrong, float trained, float known) {
  clips.trained.class_count = 2;
  for (int i = 0; i < right + wrong; ++i) {
    clips.trained.logits.insert(clips.trained.logits.end(), {trained, 0});
    clips.known.insert(clips.known.end(), {known, 0});
    clips.trained.labels.push_back({i < right ? 0 : 1});
  }
}

double validation_loss(const testing::TinyPlace& place, const std::string& weight) {
  const auto own =
      config::stored_experiment(config::to_yaml(place.experiment), "tiny.yaml", {"head.known_class_weight=" + weight});
  const auto folder = runs::RunFolder::create(place.experiment.run.folder, "weight").path();
  const auto prepared = features::prepare_features(own, torch::kCPU);
  return rounds::train_round(own, prepared, {}, folder, "tiny").history.back().validation_loss;
}

}  // namespace

// A margin m that is right with probability p has its least loss where m = log(p / (1 - p)): log 3 for 3 of 4 clips,
// log 9 for 9 of 10.
TEST_CASE("the weight of known classes makes their margins as sure as they are right", "[rounds]") {
  rounds::HeldOutClips clips;
  SECTION("both are right as often: 1") {
    add(clips, 3, 1, 2, 0);
    add(clips, 3, 1, 0, 2);
    CHECK(rounds::best_known_weight(clips) == 1);
  }
  SECTION("known classes are twice as sure: 2") {
    add(clips, 3, 1, 2, 0);
    add(clips, 9, 1, 0, 2);
    CHECK(rounds::best_known_weight(clips) == 2);
  }
  SECTION("the head is twice as sure: 0.5") {
    add(clips, 9, 1, 2, 0);
    add(clips, 3, 1, 0, 2);
    CHECK(rounds::best_known_weight(clips) == 0.5);
  }
  SECTION("known classes are right as often as not: 0") {
    add(clips, 3, 1, 2, 0);
    add(clips, 2, 2, 0, 2);
    CHECK(rounds::best_known_weight(clips) == 0);
  }
}

TEST_CASE("a weight of known classes by itself is one of those allowed", "[rounds]") {
  testing::TinyPlace place;
  place.experiment.head.known_classes = {{"dog", {"class 1"}}, {"rain", {"class 3"}}};
  const double fitted = validation_loss(place, "auto");
  CHECK(fitted == validation_loss(place, "auto"));
  int equal = 0;
  for (const double weight : rounds::kKnownWeights) equal += fitted == validation_loss(place, std::to_string(weight));
  CHECK(equal == 1);
}

TEST_CASE("a weight of known classes by itself needs a frozen backbone", "[rounds]") {
  const testing::TinyPlace place;
  CHECK_THROWS_WITH(config::stored_experiment(config::to_yaml(place.experiment), "tiny.yaml",
                                              {"head.known_classes=[dog = class 1]", "head.known_class_weight=auto",
                                               "backbone.train=last_blocks"}),
                    Catch::Matchers::Contains("head.known_class_weight: auto needs backbone.train: none"));
}
