// SPDX-License-Identifier: Apache-2.0
#include "features/prepare.h"
#include "protocols/run.h"
#include "protocols/tiny_place.h"
#include "support/errors.h"
#include "support/files.h"

#include <catch2/catch.hpp>

// What run.feature_memory_mb decides, and that it changes no result.

using namespace soundfold;
using Catch::Contains;

namespace {

/// Half of what the windows of all recordings need: a batch fits, all do not.
double too_little_mb(const config::Experiment& experiment) {
  const auto sets = features::prepare_features(experiment, torch::kCPU).sets;
  const auto windows = sets.recorded_train.frame_count() + sets.validation.frame_count() + sets.test.frame_count();
  return 0.5 * static_cast<double>(windows * sets.recorded_train.width()) * sizeof(float) / (1 << 20);
}

/// What a run learnt and answered, without seconds and dates.
std::vector<std::string> outcome_of(const runs::RunResult& result) {
  std::vector<std::string> texts;
  for (const char* name : {"test_logits.json", "test_predictions.csv", "validation_predictions.csv"}) {
    if (std::filesystem::exists(result.folder / name)) texts.push_back(read_file(result.folder / name));
  }
  for (const char* name : {"test", "validation", "pooled", "clip_accuracy", "calibration"}) {
    if (result.json.contains(name)) texts.push_back(result.json.at(name).dump());
  }
  return texts;
}

runs::RunResult run_with(config::Experiment experiment, double memory_mb) {
  experiment.run.feature_memory_mb = memory_mb;
  return protocols::run_experiment(experiment, {});
}

void check_same_run(const config::Experiment& experiment) {
  const auto in_memory = outcome_of(run_with(experiment, 100)),
             streamed = outcome_of(run_with(experiment, too_little_mb(experiment)));
  CHECK(in_memory.size() >= 2);
  CHECK(in_memory == streamed);
}

}  // namespace

TEST_CASE("prepared features are streamed when they need more than the key allows", "[features]") {
  testing::TinyPlace place;
  place.experiment.augmentation.waveform_variants = 2;
  place.experiment.augmentation.gain_db = 30;
  place.experiment.silence.windows = config::SilentUse::drop;
  place.experiment.silence.threshold_dbfs = -25;
  const auto in_memory = features::prepare_features(place.experiment, torch::kCPU);
  CHECK_FALSE(in_memory.sets.train.is_streamed());
  place.experiment.run.feature_memory_mb = too_little_mb(place.experiment);
  const auto streamed = features::prepare_features(place.experiment, torch::kCPU);
  CHECK(in_memory.origin->silent.silent > 0);
  for (const auto set : {&features::FeatureSets::train, &features::FeatureSets::recorded_train,
                         &features::FeatureSets::validation, &features::FeatureSets::test}) {
    const auto &a = in_memory.sets.*set, &b = streamed.sets.*set;
    REQUIRE(b.is_streamed());
    REQUIRE(a.frame_count() == b.frame_count());
    CHECK(a.clip_ids == b.clip_ids);
    CHECK(torch::equal(a.first_frame, b.first_frame));
    CHECK(torch::equal(a.features, b.rows(torch::arange(a.frame_count(), torch::kLong))));
  }
}

TEST_CASE("a run and a cross-validation give the same from the store as from memory", "[features]") {
  testing::TinyPlace place;
  place.experiment.head.standardize = true;
  place.experiment.calibration.temperature = true;
  check_same_run(place.experiment);

  place.experiment.calibration.temperature = false;
  place.experiment.folds = config::Folds();
  place.experiment.protocol.type = config::ProtocolType::cross_validation;
  place.experiment.protocol.folds = {1, 2, 3, 4};
  check_same_run(place.experiment);
}

TEST_CASE("the run that streams leaves out what needs the vectors of all clips, and says so", "[features]") {
  testing::TinyPlace place;
  const auto kinds = [](const runs::RunResult& result) {
    std::string text;
    for (const auto& baseline : result.json.at("baselines")) text += baseline.at("kind").get<std::string>() + " ";
    return text;
  };
  CHECK_THAT(kinds(run_with(place.experiment, 100)), Contains("nearest"));
  const auto streamed = run_with(place.experiment, too_little_mb(place.experiment));
  CHECK_THAT(kinds(streamed), !Contains("nearest"));
  CHECK_THAT(read_file(streamed.folder / "log.txt"), Contains("more than run.feature_memory_mb"));
}

TEST_CASE("what needs all features in memory is refused within a bound", "[features]") {
  testing::TinyPlace place;
  place.experiment.run.feature_memory_mb = too_little_mb(place.experiment);
  auto trained = place.experiment, fresh = place.experiment;
  trained.backbone.train = config::TrainedPart::last_blocks;
  CHECK_THROWS_WITH(features::prepare_features(trained, torch::kCPU),
                    Contains("backbone.train") && Contains("run.feature_memory_mb allows"));
  fresh.augmentation.fresh_share = 0.5;
  CHECK_THROWS_WITH(features::prepare_features(fresh, torch::kCPU), Contains("augmentation.fresh_share keeps all"));
  place.experiment.training.batch_size = 1000;
  place.experiment.run.feature_memory_mb = 0.0002;
  CHECK_THROWS_WITH(protocols::run_experiment(place.experiment, {}), Contains("lower training.batch_size"));
}
