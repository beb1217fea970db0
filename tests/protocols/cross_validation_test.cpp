// SPDX-License-Identifier: Apache-2.0
#include "protocols/internal/cross_validation.h"

#include "heads/prediction.h"
#include "protocols/synthetic_folds.h"
#include "rounds/round_features.h"
#include "rounds/round_training.h"
#include "splits/splits.h"
#include "support/errors.h"
#include "support/files.h"
#include "testing/stop_when.h"
#include "testing/testing.h"
#include "text/npy.h"

#include <catch2/catch.hpp>

using namespace soundfold;
using Catch::Contains;
using testing::new_run;
namespace fs = std::filesystem;

namespace {

nlohmann::json run_in(const runs::RunFolder& run, const config::Experiment& experiment,
                      const features::PreparedFeatures& prepared, int jobs = 1, bool resume = false) {
  runs::RunOptions options;
  options.jobs = jobs;
  options.resume = resume;
  return protocols::run_cross_validation(experiment, prepared, options, run);
}

config::Experiment with_everything_random() {
  auto experiment = testing::small_cross_validation();
  experiment.protocol.validation = config::ValidationFold::previous;
  experiment.protocol.repeats = 2;
  experiment.head.dropout = 0.3;
  experiment.augmentation.noise_std = 0.2;
  experiment.augmentation.mixup_alpha = 0.3;
  return experiment;
}

}  // namespace

TEST_CASE("rounds in parallel give what they give one after the other, bit by bit", "[protocols]") {
  const testing::TempFolder folder;
  const auto prepared = testing::make_folds(4, 12, 2.5);
  const auto experiment = with_everything_random();
  const auto serial = new_run(folder), parallel = new_run(folder);
  run_in(serial, experiment, prepared, 1);
  run_in(parallel, experiment, prepared, 4);
  const auto files = testing::contents(serial.path());
  CHECK(files.size() == 8 * 6 + 2);  // rounds, folds.csv, report.txt
  CHECK(files.count("rounds/seed1_fold1/validation_predictions.csv") == 1);
  CHECK(files == testing::contents(parallel.path()));
}

TEST_CASE("a round is the fixed training on its folds with its seed", "[protocols]") {
  const testing::TempFolder folder;
  const auto prepared = testing::make_folds(3, 12, 2.5);
  auto experiment = testing::small_cross_validation();
  experiment.protocol.validation = config::ValidationFold::next;
  experiment.protocol.repeats = 2;
  const auto run = new_run(folder);
  const auto json = run_in(run, experiment, prepared);
  REQUIRE(json["rounds"].size() == 6);
  splits::Round last;  // seed 2: test 3, validation 1, train 2
  last.test = 3;
  last.validation = 1;
  last.train = {2};
  CHECK(json["rounds"][5]["train_folds"] == last.train);
  CHECK(json["rounds"][5]["validation_fold"] == 1);
  const auto own = rounds::round_features(prepared, last);
  experiment.seed = 2;
  training::TrainerOptions quiet;
  quiet.progress = false;
  auto outcome =
      training::train(training::training_settings(experiment), own.sets.train, own.sets.validation, 3, quiet);
  const auto logits = heads::predict(outcome.head, own.sets.test).clip_logits.contiguous();
  const auto written = read_npy(run.path() / "rounds/seed2_fold3/test_clip_logits.npy");
  REQUIRE(static_cast<std::int64_t>(written.values.size()) == logits.numel());
  CHECK(std::equal(written.values.begin(), written.values.end(), logits.data_ptr<float>()));
}

TEST_CASE("the report counts every clip once per seed", "[protocols]") {
  const testing::TempFolder folder;
  const auto prepared = testing::make_folds(3, 12);
  auto experiment = testing::small_cross_validation();
  experiment.protocol.folds = {3, 1};
  experiment.training.epochs = 30;
  experiment.protocol.repeats = 2;
  const auto run = new_run(folder);
  const auto json = run_in(run, experiment, prepared);
  CHECK(json["pooled"]["clips"]["sample_count"] == 2 * 24);
  CHECK(json["protocol"] == "2-fold cross-validation over folds 3, 1, no validation, seeds 1, 2");
  CHECK_THAT(json["report"].get<std::string>(),
             Contains("each clip is there 2 times") && Contains("Confusion of clips"));
  double sum = 0;
  for (const auto& round : json["rounds"]) sum += round["test"]["clips"]["accuracy"].get<double>();
  CHECK(json["clip_accuracy"]["mean"].get<double>() == Approx(sum / 4));
  CHECK(json["clip_accuracy"]["mean"].get<double>() > 0.9);
  CHECK_FALSE(json.contains("final_model"));
  CHECK_FALSE(fs::exists(run.path() / "rounds/seed1_fold1/checkpoint.pt"));
}

TEST_CASE("an interrupted cross-validation says how to resume and ends as an uninterrupted one", "[protocols]") {
  const testing::TempFolder folder;
  const auto prepared = testing::make_folds(4, 12, 2.5);
  auto experiment = with_everything_random();
  experiment.training.epochs = 40;
  experiment.early_stopping.enabled = false;
  const auto uninterrupted = new_run(folder), broken = new_run(folder);
  run_in(uninterrupted, experiment, prepared);
  {
    // Stops in the second round or soon after.
    const testing::StopWhen stop([&] { return fs::exists(broken.path() / "rounds/seed1_fold1/result.json"); });
    CHECK_THROWS_WITH(run_in(broken, experiment, prepared),
                      Contains("of 8 rounds are finished; resume with: trainer --resume " + broken.path().string()));
  }
  CHECK_FALSE(fs::exists(broken.path() / "rounds/seed2_fold4/result.json"));
  const auto first = fs::last_write_time(broken.path() / "rounds/seed1_fold1/result.json");
  run_in(broken, experiment, prepared, 1, true);
  CHECK(fs::last_write_time(broken.path() / "rounds/seed1_fold1/result.json") == first);
  CHECK(testing::contents(broken.path()) == testing::contents(uninterrupted.path()));
}

TEST_CASE("an interrupted round resumes from its checkpoint to the same result", "[protocols]") {
  const testing::TempFolder folder;
  const auto prepared = testing::make_folds(3, 12, 2.5);
  auto experiment = testing::small_cross_validation();
  experiment.head.dropout = 0.3;
  const auto uninterrupted = new_run(folder), broken = new_run(folder);
  run_in(uninterrupted, experiment, prepared);
  splits::Round round;
  round.test = 2;
  round.train = {1, 3};
  auto shorter = experiment;
  shorter.training.epochs = 2;
  training::TrainerOptions options;
  options.progress = false;
  options.checkpoint = broken.path() / "rounds/seed1_fold2/checkpoint.pt";
  make_folder(options.checkpoint.parent_path());
  training::train(training::training_settings(shorter), rounds::round_features(prepared, round).sets.train, {}, 3,
                  options);
  run_in(broken, experiment, prepared, 2, true);
  CHECK(testing::contents(broken.path()) == testing::contents(uninterrupted.path()));
}

TEST_CASE("more seeds may be added to a run, other settings may not", "[protocols]") {
  const testing::TempFolder folder;
  const auto prepared = testing::make_folds(3, 12, 2.5);
  auto experiment = testing::small_cross_validation();
  const auto run = new_run(folder);
  run_in(run, experiment, prepared);
  const auto before = read_file(run.path() / "rounds/seed1_fold2/result.json");
  experiment.protocol.repeats = 2;
  CHECK(run_in(run, experiment, prepared, 1, true)["rounds"].size() == 6);
  CHECK(read_file(run.path() / "rounds/seed1_fold2/result.json") == before);
  experiment.optimizer.learning_rate = 0.02;
  CHECK_THROWS_WITH(run_in(run, experiment, prepared, 1, true),
                    Contains("seed1_fold1/result.json") && Contains("other settings"));
  write_file_atomically(run.path() / "rounds/seed1_fold1/result.json", "{\"finger");
  CHECK_THROWS_WITH(run_in(run, experiment, prepared, 1, true), Contains("damaged"));
}

TEST_CASE("a round that diverges is named", "[protocols]") {
  const testing::TempFolder folder;
  const auto prepared = testing::make_folds(3, 12);
  auto experiment = testing::small_cross_validation();
  experiment.optimizer.type = config::OptimizerType::sgd;
  experiment.optimizer.learning_rate = 100;
  experiment.training.epochs = 50;
  experiment.early_stopping.enabled = false;
  CHECK_THROWS_WITH(run_in(new_run(folder), experiment, prepared),
                    Contains("seed 1, test fold 1: training diverged in epoch"));
}
