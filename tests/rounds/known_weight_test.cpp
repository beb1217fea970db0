// SPDX-License-Identifier: Apache-2.0
#include "rounds/known_weight.h"

#include "config/load.h"
#include "config/print.h"
#include "deploy/model.h"
#include "protocols/run.h"
#include "protocols/tiny_place.h"
#include "rounds/round_training.h"
#include "support/errors.h"
#include "support/files.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdint>
#include <iterator>

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

/// Two clips of each recording, whose classes are given.
dataset::Dataset recordings(std::size_t class_count, const std::vector<std::vector<std::int64_t>>& classes) {
  dataset::Dataset data;
  data.multi_label = true;
  for (std::size_t k = 0; k < class_count; ++k) data.class_names.push_back("class " + std::to_string(k));
  for (std::size_t i = 0; i < 2 * classes.size(); ++i) {
    const auto source = i / 2;
    data.clips.push_back({std::to_string(i), {}, classes[source], 0, "source " + std::to_string(source), {}});
  }
  return data;
}

std::vector<std::string> ids_of(const dataset::Dataset& data) {
  std::vector<std::string> ids;
  for (const auto& clip : data.clips) ids.push_back(clip.id);
  return ids;
}

/// Clips in no fold, in fold 1, ...; checks that each recording is in one.
std::vector<int> fold_counts(const dataset::Dataset& data) {
  const auto folds = rounds::inner_folds(data, ids_of(data), 1);
  std::vector<int> counts;
  for (std::size_t i = 0; i < data.clips.size(); ++i) {
    const int fold = folds.at(data.clips[i].id);
    CHECK(fold == folds.at(data.clips[i / 2 * 2].id));
    counts.resize(std::max(counts.size(), static_cast<std::size_t>(fold) + 1));
    ++counts[static_cast<std::size_t>(fold)];
  }
  return counts;
}

/// The weight is recorded as one that is allowed.
double recorded(const nlohmann::json& json) {
  const double weight = json.at("known_class_weight");
  CHECK(std::count(std::begin(rounds::kKnownWeights), std::end(rounds::kKnownWeights), weight) == 1);
  return weight;
}

struct KnownPlace : testing::TinyPlace {
  KnownPlace() {
    experiment.head.known_classes = {{"dog", {"class 1"}}, {"rain", {"class 3"}}};
    experiment.head.known_class_weight.reset();
  }
};

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
  struct Group {
    int right, wrong;
    float trained, known;
  };
  struct Case {
    const char* what;
    std::vector<Group> groups;
    double weight;
  };
  const auto [what, groups, weight] = GENERATE(values<Case>({
      {"both are right as often", {{3, 1, 2, 0}, {3, 1, 0, 2}}, 1},
      {"known classes are twice as sure", {{3, 1, 2, 0}, {9, 1, 0, 2}}, 2},
      {"the head is twice as sure", {{9, 1, 2, 0}, {3, 1, 0, 2}}, 0.5},
      {"known classes are right as often as not", {{3, 1, 2, 0}, {2, 2, 0, 2}}, 0},
      {"the head alone is always right, known classes in 9 of 10", {{9, 0, 2, 2}, {1, 0, 2, -2}}, 0},
      {"the head alone is always wrong, known classes are always right", {{1, 0, -2, 8}}, 0.5},
  }));
  CAPTURE(what);
  rounds::HeldOutClips clips;
  for (const auto& group : groups) add(clips, group.right, group.wrong, group.trained, group.known);
  CHECK(rounds::best_known_weight(clips) == weight);
}

TEST_CASE("folds for the weight keep recordings together and leave out those of rare classes", "[rounds]") {
  SECTION("three recordings of each class") {
    const auto data = recordings(2, {{0}, {0}, {0}, {1}, {1}, {1}});
    CHECK(fold_counts(data) == std::vector<int>{0, 4, 4, 4});
  }
  SECTION("a class of two recordings is always trained on, with the other clips of these") {
    auto data = recordings(3, {{0}, {0}, {0}, {1}, {1}, {1}, {2}, {2}});
    data.clips[0].source = data.clips[12].source;  // one clip of class 0 is of a recording of class 2
    const auto folds = rounds::inner_folds(data, ids_of(data), 1);
    for (const auto clip : {0, 12, 13, 14, 15}) CHECK(folds.at(data.clips[static_cast<std::size_t>(clip)].id) == 0);
    CHECK(folds.at(data.clips[1].id) > 0);
  }
  SECTION("what that leaves too few of is left out, too") {
    // Without the recordings of class 3, class 2 has two.
    const auto data = recordings(4, {{0}, {0}, {0}, {1}, {1}, {1}, {2}, {2}, {2, 3}, {3}});
    CHECK(fold_counts(data) == std::vector<int>{8, 4, 4, 4});
  }
  SECTION("two folds where three would leave out most classes") {
    CHECK(fold_counts(recordings(3, {{0}, {0}, {0}, {1}, {1}, {2}, {2}})).size() == 3);
  }
  SECTION("two folds where no draw has every class in each of three") {
    CHECK(fold_counts(recordings(4, {{0, 1, 2}, {0, 1, 3}, {0, 2, 3}, {1, 2, 3}})) == std::vector<int>{0, 4, 4});
  }
  SECTION("none where most classes have one recording") {
    const auto data = recordings(3, {{0}, {0}, {1}, {2}});
    CHECK(rounds::inner_folds(data, ids_of(data), 1).empty());
  }
}

TEST_CASE("a weight of known classes by itself is one of those allowed", "[rounds]") {
  const KnownPlace place;
  const double fitted = validation_loss(place, "auto");
  CHECK(fitted == validation_loss(place, "auto"));
  int equal = 0;
  for (const double weight : rounds::kKnownWeights) equal += fitted == validation_loss(place, std::to_string(weight));
  CHECK(equal == 1);
}

TEST_CASE("a fitted weight of known classes is in a run's result and in its model", "[rounds]") {
  KnownPlace place;
  const auto fixed = protocols::run_experiment(place.experiment, {});
  const auto metadata = deploy::Model::load(fixed.folder / "model.pt", torch::kCPU).metadata();
  CHECK(recorded(fixed.json) == recorded(metadata));

  place.experiment.protocol.type = config::ProtocolType::cross_validation;
  place.experiment.protocol.folds = {3, 4};
  place.experiment.protocol.final_model = config::FinalModel::all_folds;
  const auto crossed = protocols::run_experiment(place.experiment, {});
  for (const auto& round : crossed.json.at("rounds")) recorded(round);
  recorded(crossed.json.at("final_model"));
}

TEST_CASE("a weight of known classes by itself needs a frozen backbone", "[rounds]") {
  const testing::TinyPlace place;
  CHECK_THROWS_WITH(config::stored_experiment(config::to_yaml(place.experiment), "tiny.yaml",
                                              {"head.known_classes=[dog = class 1]", "head.known_class_weight=auto",
                                               "backbone.train=last_blocks"}),
                    Catch::Matchers::Contains("head.known_class_weight: auto needs backbone.train: none"));
}
