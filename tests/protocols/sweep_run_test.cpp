// SPDX-License-Identifier: Apache-2.0
#include "config/load.h"
#include "config/print.h"
#include "protocols/internal/sweep.h"
#include "protocols/synthetic_folds.h"
#include "support/errors.h"
#include "support/files.h"
#include "testing/stop_when.h"
#include "testing/testing.h"
#include "text/csv.h"
#include "training/trainer.h"

#include <catch2/catch.hpp>

using namespace soundfold;
using Catch::Contains;
using testing::new_run;
namespace fs = std::filesystem;

namespace {

/// The small experiment with a sweep, read as from a file.
config::Experiment with_sweep(const std::string& sweep, const std::string& protocol = "fixed") {
  auto base = testing::small_cross_validation();
  base.protocol.validation = config::ValidationFold::previous;
  if (protocol == "fixed") base.protocol = config::Protocol();
  return config::parse_experiment(config::to_yaml(base) + sweep, "small.yaml");
}

const std::string kGrid =
    "sweep:\n  values:\n    head.hidden: [[], [8], [2]]\n    optimizer.learning_rate: [0.01, 0.0001]\n";

protocols::SweepRanking rank_in(const runs::RunFolder& run, const config::Experiment& experiment,
                                const features::PreparedFeatures& prepared, int jobs = 1, bool resume = false) {
  runs::RunOptions options;
  options.jobs = jobs;
  options.resume = resume;
  return protocols::rank_members(experiment, prepared, options, run);
}

}  // namespace

TEST_CASE("a sweep trains every member, ranks them and writes the best as a configuration", "[protocols]") {
  const testing::TempFolder folder;
  const auto run = new_run(folder);
  const auto prepared = testing::make_fixed(4, 15, 2.5);
  const auto experiment = with_sweep(kGrid);
  const auto ranking = rank_in(run, experiment, prepared);
  REQUIRE(ranking.rows.size() == 6);
  for (std::size_t i = 1; i < 6; ++i) CHECK(ranking.rows[i - 1].value >= ranking.rows[i].value);
  CHECK(ranking.rows.front().value > ranking.rows.back().value);

  const auto best = config::load_experiment(run.path() / "best.yaml");
  const auto member = run.path() / "sweep" / protocols::member_name(ranking.rows[0].number) / "config.yaml";
  CHECK(config::to_yaml(best) == read_file(member));
  CHECK(config::to_yaml(best) == config::to_yaml(ranking.best));
  CHECK(best.sweep.empty());
  const auto table = CsvTable::read(run.path() / "sweep.csv");
  CHECK(table.row_count() == 6);
  CHECK(table.at(0, "member") == protocols::member_name(ranking.rows[0].number));
  CHECK(table.at(0, "head.hidden") == ranking.rows[0].settings[0]);
  for (std::size_t i = 1; i <= 6; ++i) {
    CHECK(fs::exists(run.path() / "sweep" / protocols::member_name(i) / "metrics.jsonl"));
    CHECK_FALSE(fs::exists(run.path() / "sweep" / protocols::member_name(i) / "checkpoint.pt"));
  }
}

TEST_CASE("a member's value is that of the epoch kept", "[protocols]") {
  const testing::TempFolder folder;
  const auto run = new_run(folder);
  const auto prepared = testing::make_fixed(4, 15, 2.5);
  auto experiment = with_sweep("sweep: {metric: validation_loss, values: {head.hidden: [[8]]}}\n");
  experiment.early_stopping.monitor = config::Metric::validation_loss;
  const auto ranking = rank_in(run, experiment, prepared);
  training::TrainerOptions quiet;
  quiet.progress = false;
  const auto outcome = training::train(training::training_settings(ranking.best), prepared.sets.train,
                                       prepared.sets.validation, 3, quiet);
  const auto& kept = outcome.history.at(static_cast<std::size_t>(outcome.best_epoch - 1));
  CHECK(ranking.rows[0].value == Approx(kept.validation_loss).epsilon(1e-12));
  CHECK(ranking.rows[0].epochs == static_cast<double>(outcome.best_epoch));
}

TEST_CASE("the test split plays no part in the ranking", "[protocols]") {
  const testing::TempFolder folder;
  const auto experiment = with_sweep(kGrid);
  const auto run = new_run(folder), poisoned_run = new_run(folder), without_run = new_run(folder);
  const auto prepared = testing::make_fixed(4, 15, 2.5);
  auto poisoned = prepared;
  poisoned.sets.test.targets = (prepared.sets.test.targets + 1) % 3;
  poisoned.sets.test.features = prepared.sets.test.features * std::nan("");
  auto without = prepared;
  without.sets.test = {};
  const auto text = rank_in(run, experiment, prepared).text;
  CHECK(rank_in(poisoned_run, experiment, poisoned).text == text);
  CHECK(rank_in(without_run, experiment, without).text == text);
  auto other = prepared;
  other.sets.validation.targets = (prepared.sets.validation.targets + 1) % 3;
  CHECK(rank_in(new_run(folder), experiment, other).text != text);
}

TEST_CASE("several jobs, and resuming, give the same sweep", "[protocols]") {
  const testing::TempFolder folder;
  const auto prepared = testing::make_folds(4, 15, 2.5);
  const auto experiment = with_sweep(kGrid, "cross_validation");
  const auto one = new_run(folder), four = new_run(folder), broken = new_run(folder);
  rank_in(one, experiment, prepared, 1);
  rank_in(four, experiment, prepared, 4);
  CHECK(testing::contents(one.path()) == testing::contents(four.path()));

  {
    const testing::StopWhen stop(
        [&] { return fs::exists(broken.path() / "sweep/001/rounds/seed1_fold2/result.json"); });
    CHECK_THROWS_WITH(rank_in(broken, experiment, prepared),
                      Contains("of 24 trainings") && Contains("trainer --resume"));
  }
  rank_in(broken, experiment, prepared, 1, true);
  CHECK(testing::contents(one.path()) == testing::contents(broken.path()));
}

TEST_CASE("the best of a cross-validated sweep is cross-validated", "[protocols]") {
  const testing::TempFolder folder;
  const auto run = new_run(folder);
  const auto experiment = with_sweep(kGrid, "cross_validation");
  const auto json = protocols::run_sweep(experiment, testing::make_folds(4, 15, 2.5), {}, run);
  CHECK(json["rounds"].size() == 4);
  CHECK(json["sweep"]["members"].size() == 6);
  CHECK(json["sweep"]["members"][0]["member"] == json["sweep"]["best"]);
  CHECK_THAT(json["sweep"]["text"].get<std::string>(), Contains("mean over 4 rounds") && Contains("no test clip"));
  CHECK(fs::exists(run.path() / "folds.csv"));
}

TEST_CASE("a member that diverges is ranked last with the reason", "[protocols]") {
  const testing::TempFolder folder;
  const auto prepared = testing::make_fixed(4, 15);
  auto experiment = with_sweep("sweep: {values: {optimizer.learning_rate: [100, 0.01], optimizer.type: [sgd]}}\n");
  experiment.training.epochs = 50;
  experiment.early_stopping.enabled = false;
  const auto run = new_run(folder);
  const auto ranking = rank_in(run, experiment, prepared);
  CHECK(ranking.rows[0].number == 2);
  CHECK(ranking.rows[1].number == 1);
  CHECK_THAT(ranking.rows[1].problem, Contains("training diverged in epoch"));
  CHECK_THAT(ranking.text, Contains("training diverged"));
  CHECK(rank_in(run, experiment, prepared, 1, true).text == ranking.text);

  auto hopeless = with_sweep("sweep: {values: {optimizer.learning_rate: [100, 99], optimizer.type: [sgd]}}\n");
  hopeless.training.epochs = 50;
  hopeless.early_stopping.enabled = false;
  CHECK_THROWS_WITH(rank_in(new_run(folder), hopeless, prepared), Contains("every member of the sweep failed; 001"));
}

TEST_CASE("a sweep without validation clips is refused before training", "[protocols]") {
  const testing::TempFolder folder;
  auto prepared = testing::make_fixed(4, 15);
  prepared.sets.validation = {};
  CHECK_THROWS_WITH(rank_in(new_run(folder), with_sweep(kGrid), prepared), Contains("needs validation clips"));
}
