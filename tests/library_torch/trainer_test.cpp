// SPDX-License-Identifier: Apache-2.0
#include "config/print.h"
#include "protocols/tiny_place.h"
#include "support/files.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>
#include <soundfold/error.h>
#include <soundfold/log.h>
#include <soundfold/torchscript.h>
#include <soundfold/trainer.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <sstream>
#include <stdexcept>

using namespace soundfold;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

TrainingOptions training_in(const testing::TinyPlace& place) {
  TrainingOptions options;
  options.yaml = config::to_yaml(place.experiment);
  options.overrides = {"run.device=cpu"};
  return options;
}

void check_equal(const Metrics& a, const Metrics& b) {
  CHECK(a.sample_count == b.sample_count);
  CHECK(a.correct == b.correct);
  CHECK(a.confusion == b.confusion);
  CHECK(a.loss == Approx(b.loss).epsilon(1e-4));
  CHECK(a.macro_f1 == Approx(b.macro_f1));
}

}  // namespace

TEST_CASE("the library trains, tests and exports what a configuration describes, and evaluates the model",
          "[library_torch]") {
  const testing::TinyPlace place;
  auto options = training_in(place);
  std::vector<EpochReport> epochs;
  options.on_epoch = [&](const EpochReport& report) {
    epochs.push_back(report);
    return true;
  };
  const int before = torch::get_num_threads();
  torch::set_num_threads(2);
  const auto result = train(options);
  CHECK(torch::get_num_threads() == 2);
  torch::set_num_threads(before);

  CHECK_FALSE(result.stopped);
  CHECK(result.problem.empty());
  CHECK(result.epochs_run == 3);
  REQUIRE(epochs.size() == 3);
  CHECK(epochs[2].epoch == 3);
  CHECK(epochs[0].loss > 0);
  CHECK(std::isfinite(epochs[0].validation_loss));
  CHECK(epochs[0].training.empty());
  CHECK(result.model == result.run_folder / "model.pt");
  CHECK(fs::exists(result.model));
  CHECK_THAT(result.summary, Contains(result.model.string()));
  CHECK_THAT(result.json, Contains("\"epochs_run\": 3"));
  REQUIRE(result.test);
  CHECK(result.test->sample_count == 4);  // two classes of two clips in fold 4

  EvaluationOptions of_run;
  of_run.run = result.run_folder;
  of_run.device = "cpu";
  of_run.threads = 1;
  const auto evaluated = evaluate(of_run);
  check_equal(evaluated.clips, *result.test);
  CHECK(evaluated.class_names == std::vector<std::string>{"dog", "rain"});
  REQUIRE(evaluated.predictions.size() == 4);
  CHECK(evaluated.windows.sample_count >= 4);
  std::int64_t correct = 0;
  for (const auto& clip : evaluated.predictions) {
    REQUIRE(clip.probabilities.size() == 2);
    CHECK(clip.probabilities[0] + clip.probabilities[1] == Approx(1));
    const std::int64_t best = clip.logits[1] > clip.logits[0] ? 1 : 0;
    correct += best == clip.labels.at(0) ? 1 : 0;
  }
  CHECK(correct == evaluated.clips.correct);
  Classifier classifier = load_torchscript_model(result.model);
  CHECK(classifier.class_names() == evaluated.class_names);

  options.skip_finished = true;
  const auto again = train(options);
  CHECK(again.was_finished);
  CHECK(again.run_folder == result.run_folder);
  check_equal(*again.test, *result.test);
}

TEST_CASE("a training of the library stops when the callback or a flag asks for it, and is resumed",
          "[library_torch]") {
  const testing::TinyPlace place;
  auto options = training_in(place);
  const auto uninterrupted = train(options);

  int calls = 0;
  options.on_epoch = [&](const EpochReport& report) {
    ++calls;
    return report.epoch < 2;
  };
  const auto stopped = train(options);
  CHECK(stopped.stopped);
  CHECK(calls == 2);
  CHECK_THAT(stopped.problem, Contains("stopped in epoch"));
  CHECK(stopped.model.empty());
  CHECK_FALSE(stopped.test);
  REQUIRE(fs::exists(stopped.run_folder / "checkpoint.pt"));

  TrainingOptions more;
  more.resume = stopped.run_folder;
  const auto resumed = train(more);
  CHECK_FALSE(resumed.stopped);
  CHECK(resumed.run_folder == stopped.run_folder);
  CHECK(resumed.epochs_run == 3);
  const auto epochs = [](const fs::path& run) {
    std::vector<double> losses;
    for (std::istringstream lines(read_file(run / "metrics.jsonl")); !lines.eof();) {
      std::string line;
      if (std::getline(lines, line)) losses.push_back(nlohmann::json::parse(line).at("loss").get<double>());
    }
    return losses;
  };
  CHECK(epochs(resumed.run_folder) == epochs(uninterrupted.run_folder));

  const std::atomic<bool> stop{true};
  auto never = training_in(place);
  never.stop = &stop;
  const auto not_begun = train(never);
  CHECK(not_begun.stopped);
  CHECK(not_begun.run_folder.empty());

  struct Own : std::runtime_error {
    using std::runtime_error::runtime_error;
  };
  options.on_epoch = [](const EpochReport&) -> bool { throw Own("mine"); };
  CHECK_THROWS_AS(train(options), Own);
}

TEST_CASE("each training of the library has its own log, and the caller gets the lines", "[library_torch]") {
  const testing::TinyPlace place;
  std::vector<std::string> lines;
  set_log_callback([&](LogLevel, std::string_view line) { lines.emplace_back(line); }, LogLevel::info);
  const auto first = train(training_in(place));
  set_log_callback({});
  CHECK(std::count_if(lines.begin(), lines.end(), [&](const auto& line) {
          return line.find(first.run_folder.string()) != std::string::npos;
        }) >= 1);
  const auto log = read_file(first.run_folder / "log.txt");
  const auto count = lines.size();
  const auto second = train(training_in(place));
  CHECK(second.run_folder != first.run_folder);
  CHECK(lines.size() == count);
  CHECK(read_file(first.run_folder / "log.txt") == log);
  CHECK(read_file(second.run_folder / "log.txt").size() > 100);
}

TEST_CASE("a training of the library refuses what does not fit together", "[library_torch]") {
  CHECK_THROWS_WITH(train({}), Contains("one of config, yaml and resume"));
  TrainingOptions options;
  options.yaml = "data: {root: nowhere}\n";
  options.overrides = {"training.epoch=5"};
  CHECK_THROWS_AS(train(options), UsageError);
  options.overrides = {};
  CHECK_THROWS_AS(train(options), DataError);
  options = {};
  options.resume = "/nonexistent";
  CHECK_THROWS_WITH(train(options), Contains("/nonexistent: no such run folder"));
  CHECK_THROWS_AS(evaluate({}), UsageError);
  EvaluationOptions missing;
  missing.model = "/nonexistent.pt";
  CHECK_THROWS_AS(evaluate(missing), DataError);
}
