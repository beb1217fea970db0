// SPDX-License-Identifier: Apache-2.0
#include "runs/internal/resumed_run.h"

#include "config/load.h"
#include "config/print.h"
#include "features/prepare.h"
#include "protocols/run.h"
#include "protocols/tiny_place.h"
#include "support/errors.h"
#include "support/files.h"
#include "training/trainer.h"

#include <catch2/catch.hpp>

using namespace soundfold;
using Catch::Contains;

namespace {

/// A run of the place's experiment that was stopped after two epochs.
runs::RunFolder started_run(const testing::TinyPlace& place) {
  auto run = runs::RunFolder::create(place.experiment.run.folder, place.experiment.name);
  runs::write_config(run, place.experiment, "cpu");
  auto two_epochs = place.experiment;
  two_epochs.training.epochs = 2;
  const auto prepared = features::prepare_features(two_epochs, torch::kCPU);
  training::TrainerOptions options;
  options.checkpoint = run.checkpoint_file();
  options.progress = false;
  training::train(training::training_settings(two_epochs), prepared.sets.train, prepared.sets.validation, 2, options);
  return run;
}

runs::RunResult resume(const runs::RunFolder& run, const config::Experiment& experiment) {
  runs::RunOptions options;
  options.resume = true;
  options.resume_folder = run.path();
  return protocols::run_experiment(experiment, options);
}

/// The run's own configuration with changes, as `trainer --resume` reads it.
config::Experiment changed(const runs::RunFolder& run, const std::vector<std::string>& settings,
                           config::Program program = config::Program::trainer) {
  return config::stored_experiment(read_file(run.config_file()), "config.yaml", settings, program);
}

}  // namespace

TEST_CASE("a run that is resumed with more epochs says so in its configuration and result", "[runs]") {
  testing::TinyPlace place;
  const auto run = started_run(place);
  const auto longer = changed(run, {"training.epochs=4"});
  const auto result = resume(run, longer);
  CHECK(result.json.at("epochs_run") == 4);
  CHECK(result.json.at("resumed_with") == nlohmann::json({"training.epochs: 4 (was 3)"}));
  const auto text = read_file(run.config_file());
  CHECK_THAT(text, Contains("# device cpu\n# resumed with training.epochs: 4 (was 3)\n"));
  CHECK(config::to_yaml(config::parse_experiment(text, "config.yaml")) == config::to_yaml(longer));
  // It is the run that would have been, had it been begun so.
  const auto uninterrupted = protocols::run_experiment(longer, {});
  CHECK(read_file(result.folder / "test_logits.json") == read_file(uninterrupted.folder / "test_logits.json"));
  CHECK_FALSE(uninterrupted.json.contains("resumed_with"));
}

TEST_CASE("each resumption adds its changes, and one without changes nothing", "[runs]") {
  testing::TinyPlace place;
  const auto run = started_run(place);
  const auto before = read_file(run.config_file());
  CHECK(runs::changes_on_resume(run, changed(run, {})).empty());
  const auto first = changed(run, {"training.epochs=9"});
  runs::write_config(run, first, "cpu", runs::changes_on_resume(run, first));
  const auto second = changed(run, {"calibration.temperature=true", "run.threads=2"});
  CHECK(second.training.epochs == 9);
  runs::write_config(run, second, "cpu", runs::changes_on_resume(run, second));
  CHECK(runs::recorded_changes(run) == std::vector<std::string>{"training.epochs: 9 (was 3)",
                                                                "calibration.temperature: true (was false)",
                                                                "run.threads: 2 (was 1)"});
  write_file_atomically(run.config_file(), before);
  resume(run, changed(run, {}));
  CHECK(read_file(run.config_file()) == before);
}

TEST_CASE("a change that a started run cannot take is refused before anything is written", "[runs]") {
  testing::TinyPlace place;
  const auto run = started_run(place);
  const auto before = read_file(run.config_file());
  for (const std::string setting : {"head.hidden=[7]", "optimizer.learning_rate=0.5", "seed=9", "folds.train=[1]",
                                    "data.root=elsewhere", "name=other", "backbone.patch_hop_frames=24"}) {
    INFO(setting);
    const auto key = setting.substr(0, setting.find('='));
    CHECK_THROWS_WITH(
        resume(run, changed(run, {setting})),
        Contains(key + " cannot change in a run that has started (it was ") && Contains("trainer --config "));
    CHECK_THROWS_AS(resume(run, changed(run, {setting})), UsageError);
  }
  CHECK_THROWS_WITH(resume(run, changed(run, {"training.epochs=1"})),
                    Contains("has done 2 epochs; give at least that many"));
  auto swept = changed(run, {});
  swept.sweep.values.push_back({"head.dropout", {"0", "0.5"}, 0, 0, false, "here"});
  CHECK_THROWS_WITH(resume(run, swept), Contains("the sweep cannot change"));
  CHECK(read_file(run.config_file()) == before);
  CHECK_FALSE(run.finished());
}

TEST_CASE("what may change in a started run depends on what it has done already", "[runs]") {
  const auto refused = [](const config::Experiment& begun, const std::string& setting) {
    const testing::TempFolder folder;
    const auto run = runs::RunFolder::create(folder.path(), "run");
    runs::write_config(run, begun, "cpu");
    try {
      runs::changes_on_resume(run, changed(run, {setting}, begun.program));
      return false;
    } catch (const UsageError&) {
      return true;
    }
  };
  config::Experiment plain, cosine, rounds, swept, distilled;
  cosine.schedule.type = config::ScheduleType::cosine;
  rounds.protocol.type = config::ProtocolType::cross_validation;
  swept.sweep.values.push_back({"head.dropout", {"0", "0.5"}, 0, 0, false, "here"});
  distilled.program = config::Program::distiller;
  CHECK_FALSE(refused(plain, "training.epochs=30"));
  CHECK(refused(cosine, "training.epochs=30"));  // its rates look ahead to the last epoch
  CHECK(refused(rounds, "training.epochs=30"));
  CHECK(refused(swept, "training.epochs=30"));
  CHECK(refused(distilled, "training.epochs=30"));
  CHECK_FALSE(refused(plain, "folds.test=[]"));
  CHECK_FALSE(refused(rounds, "protocol.repeats=5"));
  CHECK(refused(rounds, "protocol.folds=[1, 2]"));
  CHECK(refused(swept, "calibration.temperature=true"));
  for (const auto* begun : {&plain, &rounds, &swept, &distilled}) {
    CHECK_FALSE(refused(*begun, "run.threads=3"));
    CHECK(refused(*begun, "run.folder=elsewhere"));
    CHECK(refused(*begun, "seed=9"));
  }
}

TEST_CASE("a run resumed on another device says so", "[runs]") {
  testing::TinyPlace place;
  const auto run = started_run(place);
  runs::write_config(run, place.experiment, "cuda:1");  // as if it had been begun there
  const auto result = resume(run, changed(run, {}));
  CHECK(result.json.at("device") == "cpu");
  CHECK(result.json.at("resumed_with") == nlohmann::json({"device cpu (was cuda:1)"}));
  CHECK(runs::recorded_device(run) == "cpu");
}
