// SPDX-License-Identifier: Apache-2.0
#include "config/load.h"
#include "device/device.h"
#include "evaluation/report.h"
#include "library_torch/internal/calls.h"
#include "protocols/run.h"
#include "protocols/summary.h"
#include "runs/export_run.h"
#include "runs/open_run.h"
#include "support/errors.h"
#include "support/interrupt.h"
#include "training/epoch_metrics.h"

#include <soundfold/trainer.h>

#include <functional>
#include <mutex>
#include <utility>

namespace soundfold {
namespace {

config::Experiment experiment_of(const TrainingOptions& options) {
  const bool from_file = !options.config.empty(), from_text = !options.yaml.empty(), resumes = !options.resume.empty();
  if ((from_file ? 1 : 0) + (from_text ? 1 : 0) + (resumes ? 1 : 0) != 1) {
    throw UsageError("train: give one of config, yaml and resume");
  }
  if (options.skip_finished && resumes) throw UsageError("train: skip_finished and resume exclude each other");
  if (options.jobs < 0) throw UsageError("train: jobs " + std::to_string(options.jobs) + " is below 0");
  if (from_file) return config::load_experiment(options.config, options.overrides);
  if (from_text) return config::parse_experiment(options.yaml, "TrainingOptions::yaml", ".", options.overrides);
  return runs::configuration_of_run(options.resume, options.overrides, config::Program::trainer);
}

EpochReport epoch_report(const std::string& training, const training::EpochMetrics& metrics) {
  return {training,
          metrics.epoch,
          metrics.loss,
          metrics.accuracy,
          metrics.validation_loss,
          metrics.validation_accuracy,
          metrics.validation_clip_accuracy,
          metrics.learning_rate,
          metrics.seconds,
          metrics.best};
}

/// Asks the caller after every epoch and whenever the work looks whether to stop.
class Caller {
 public:
  explicit Caller(const TrainingOptions& options) : options_(options) {}

  bool wants_stop() const { return stop_ || (options_.stop != nullptr && options_.stop->load()); }
  void report(const std::string& training, const training::EpochMetrics& metrics) {
    const std::lock_guard lock(mutex_);
    if (!functions_.run([&] { return options_.on_epoch(epoch_report(training, metrics)); })) stop_ = true;
  }
  const CallerFunctions& functions() const { return functions_; }

 private:
  const TrainingOptions& options_;
  CallerFunctions functions_;
  std::mutex mutex_;
  std::atomic<bool> stop_{false};
};

runs::RunOptions run_options(const TrainingOptions& options, const config::Experiment& experiment, Caller& caller,
                             TrainingResult& result) {
  auto run = runs::options_for(experiment);
  run.jobs = options.jobs;
  run.resume = !options.resume.empty();
  run.resume_folder = options.resume;
  run.skip_finished = options.skip_finished;
  run.on_start = [&result](const std::filesystem::path& folder) { result.run_folder = folder; };
  if (options.on_epoch) {
    run.on_epoch = [&caller](const std::string& training, const training::EpochMetrics& metrics) {
      caller.report(training, metrics);
    };
  }
  return run;
}

/// The test's clips in a run's result; nothing without a test.
std::optional<Metrics> test_metrics(const nlohmann::json& json) {
  for (const char* key : {"test", "pooled"}) {
    const auto test = json.find(key);
    if (test != json.end() && test->is_object()) return evaluation::metrics_from_json(test->at("clips"));
  }
  return std::nullopt;
}

void enter(const runs::RunResult& run, TrainingResult& result) {
  const auto& json = run.json;
  result.was_finished = run.was_finished;
  result.run_folder = run.folder;
  const auto exported = runs::export_of(json);
  if (exported.is_object()) result.model = run.folder / exported.value("file", "model.pt");
  result.epochs_run = json.value("epochs_run", std::int64_t{0});
  result.best_epoch = json.value("best_epoch", std::int64_t{0});
  result.stopped_early = json.value("stopped_early", false);
  result.test = test_metrics(json);
  result.problem = run.problem;
  result.summary = protocols::summary_text(run);
  result.json = json.dump(1);
}

}  // namespace

TrainingResult train(const TrainingOptions& options) {
  Caller caller(options);
  return library_call("training failed", caller.functions(), [&] {
    const auto experiment = experiment_of(options);
    const BorrowedTorch torch;
    const std::function<bool()> stop_wanted = [&] { return caller.wants_stop(); };
    const StopRequest request(stop_wanted);
    TrainingResult result;
    result.run_folder = options.resume;
    try {
      enter(protocols::run_experiment(experiment, run_options(options, experiment, caller, result)), result);
    } catch (const Interrupted& stop) {
      result.stopped = true;
      result.problem = stop.what();
    }
    return result;
  });
}

}  // namespace soundfold
