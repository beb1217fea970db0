// SPDX-License-Identifier: Apache-2.0
#include "config/load.h"
#include "config/options.h"
#include "config/print.h"
#include "features/feature_settings.h"
#include "protocols/changed_option.h"
#include "protocols/internal/sweep.h"
#include "protocols/tiny_place.h"
#include "rounds/round_training.h"
#include "support/errors.h"
#include "support/files.h"

#include <catch2/catch.hpp>

#include <regex>

// The members of a sweep share prepared features; what they learn must be what they learn one by one.

using namespace soundfold;

namespace {

/// metrics.jsonl of a training, without its seconds.
std::string epochs_in(const std::filesystem::path& folder) {
  static const std::regex seconds("\"seconds\": ?[-+.e0-9]+");
  return std::regex_replace(read_file(folder / "metrics.jsonl"), seconds, "");
}

/// What each member learnt within a sweep over `values` of one key.
std::vector<std::string> swept(const testing::TinyPlace& place, const std::string& key, const std::string& values) {
  const auto experiment = config::parse_experiment(
      config::to_yaml(place.experiment) + "sweep: {metric: validation_loss, values: {" + key + ": " + values + "}}\n",
      "tiny.yaml");
  const auto run = runs::RunFolder::create(place.experiment.run.folder, "sweep");
  const auto prepared = features::prepare_features(experiment, torch::kCPU);
  runs::RunOptions options;
  options.jobs = 1;
  protocols::rank_members(experiment, prepared, options, run);
  std::vector<std::string> learnt;
  for (std::size_t i = 1; i <= config::sweep_members(experiment).size(); ++i) {
    learnt.push_back(epochs_in(run.path() / "sweep" / protocols::member_name(i)));
  }
  return learnt;
}

/// What it learns by itself, with features of its own.
std::string alone(const testing::TinyPlace& place, const std::string& setting) {
  const auto own = config::stored_experiment(config::to_yaml(place.experiment), "tiny.yaml", {setting});
  const auto folder = runs::RunFolder::create(place.experiment.run.folder, "alone").path();
  rounds::train_round(own, features::prepare_features(own, torch::kCPU), {}, folder, "alone");
  return epochs_in(folder);
}

bool is_allowed(const testing::TinyPlace& place, const std::string& key, const std::string& value) {
  try {
    config::parse_experiment(config::to_yaml(place.experiment) + "sweep: {values: {" + key + ": [" + value + "]}}\n",
                             "tiny.yaml");
    return true;
  } catch (const UsageError&) {
    return false;
  }
}

/// Sweeps every option over its value and another one. Gives how many of them change what is learnt.
int sweep_every_option(testing::TinyPlace& place) {
  int deciding = 0;
  auto copy = place.experiment;
  for (const auto& option : config::options_of(copy)) {
    const auto value = config::value_text(option);
    if (!testing::change_value(option) || !is_allowed(place, option.key, config::value_text(option))) continue;
    const auto other = config::value_text(option);
    INFO(option.key << ": " << other);
    std::vector<std::string> learnt;
    try {
      learnt = swept(place, option.key, "[" + value + ", " + other + "]");
    } catch (const UsageError&) {  // the tiny network cannot do it
      continue;
    } catch (const DataError&) {  // it has no class Silence
      continue;
    }
    REQUIRE(learnt.size() == 2);
    CHECK(learnt[1] == alone(place, option.key + "=" + other));
    deciding += learnt[0] != learnt[1] ? 1 : 0;
  }
  return deciding;
}

}  // namespace

TEST_CASE("a sweep over the weight of the known classes trains each member with its own", "[protocols]") {
  testing::TinyPlace place;
  place.experiment.head.known_classes = {{"dog", {"class 1"}}, {"rain", {"class 3"}}};
  const auto learnt = swept(place, "head.known_class_weight", "[0, 1, 3]");
  REQUIRE(learnt.size() == 3);
  CHECK(learnt[0] != learnt[1]);
  CHECK(learnt[1] != learnt[2]);
  CHECK(learnt[0] == alone(place, "head.known_class_weight=0"));
  CHECK(learnt[1] == alone(place, "head.known_class_weight=1"));
  CHECK(learnt[2] == alone(place, "head.known_class_weight=3"));
}

TEST_CASE("whatever key is swept, each member trains as it would alone", "[protocols]") {
  testing::TinyPlace place;
  auto& e = place.experiment;
  e.training.epochs = 2;
  SECTION("a head on stored windows and variants") {
    e.head.pooling = config::Pooling::window;
    e.head.hidden = {4};
    e.head.known_classes = {{"dog", {"class 1"}}, {"rain", {"class 3"}}};
    e.silence.windows = config::SilentUse::weight;
    e.silence.threshold_dbfs = -20;
    e.augmentation.waveform_variants = 1;
    e.augmentation.gain_db = 6;
    e.objective.type = config::Loss::focal;
    e.optimizer.type = config::OptimizerType::sgd;
    e.schedule.type = config::ScheduleType::cosine;
    CHECK(sweep_every_option(place) >= 20);
  }
  SECTION("the last block with fresh variants") {
    e.backbone.train = config::TrainedPart::last_blocks;
    e.backbone.learning_rate = 0.01;
    e.augmentation.fresh_share = 0.5;
    e.augmentation.gain_db = 6;
    CHECK(sweep_every_option(place) >= 20);
  }
}

TEST_CASE("settings read only by the training of a head are not feature settings", "[protocols]") {
  const std::vector<std::string> known = {"head.known_classes=[dog = Dog]"};
  const auto base = config::parse_experiment("", "a.yaml", ".", known);
  const auto key = features::features_key(base);
  for (const std::string setting :
       {"head.hidden=[3]", "head.known_class_weight=3", "optimizer.learning_rate=0.1", "training.epochs=3", "seed=5",
        "augmentation.mixup_alpha=0.2", "name=other", "run.folder=elsewhere"}) {
    INFO(setting);
    CHECK(features::features_key(config::parse_experiment("", "a.yaml", ".", {known[0], setting})) == key);
  }
  for (const std::string setting : {"head.input=both", "backbone.patch_hop_frames=24", "data.root=elsewhere",
                                    "silence.windows=drop", "folds.train=[1]"}) {
    INFO(setting);
    CHECK(features::features_key(config::parse_experiment("", "a.yaml", ".", {known[0], setting})) != key);
  }
}
