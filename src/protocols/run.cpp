// SPDX-License-Identifier: Apache-2.0
#include "protocols/run.h"

#include "baselines/baselines.h"
#include "features/model_summary.h"
#include "features/prepare.h"
#include "protocols/internal/cross_validation.h"
#include "protocols/internal/dealt_folders.h"
#include "protocols/internal/fixed_run.h"
#include "protocols/internal/sweep.h"
#include "report_data/write_report.h"
#include "rounds/calibrate.h"
#include "runs/export_run.h"
#include "runs/open_run.h"
#include "runs/result.h"
#include "runs/tensorboard_log.h"
#include "splits/rounds.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/interrupt.h"
#include "support/logging.h"

#include <filesystem>
#include <string>

namespace soundfold::protocols {
namespace {

/// What the result is measured against, in result.json and at the end of report.txt.
void add_baselines(const config::Experiment& experiment, const features::PreparedFeatures& prepared,
                   const runs::RunFolder& run, nlohmann::json& json) {
  const auto found = baselines::run_baselines(experiment, prepared);
  json["baselines"] = baselines::baselines_json(found);
  const auto report = run.path() / "report.txt";
  if (!found.empty()) append_line(report, "\nUntrained: " + baselines::baselines_text(found));
}

/// The last line of report.txt, which a run without test and validation does not have.
void add_glossary_line(const runs::RunFolder& run) {
  const auto report = run.path() / "report.txt";
  if (std::filesystem::exists(report)) append_line(report, "\nTerms are explained in docs/glossary.md");
}

runs::RunResult trained_run(const config::Experiment& experiment, const features::PreparedFeatures& prepared,
                            const runs::RunOptions& options, const std::string& print, const runs::RunFolder& run) {
  runs::start_run(experiment, prepared, run);
  if (experiment.sweep.empty()) logger().info("{}", features::model_summary(experiment, prepared));
  auto json = !experiment.sweep.empty()               ? run_sweep(experiment, prepared, options, run)
              : experiment.protocol.cross_validates() ? run_cross_validation(experiment, prepared, options, run)
                                                      : run_fixed(experiment, prepared, options, run);
  json["fingerprint"] = print;
  add_baselines(experiment, prepared, run, json);
  add_glossary_line(run);
  runs::add_how_it_ran(run, experiment, options, json);
  runs::log_result_for_tensorboard(experiment, json, run.path());
  runs::RunResult result{run.path(), json, false, runs::export_problem(json, run.path())};
  result.problem.empty() ? run.finish(runs::sealed_text(json)) : run.keep_unfinished(runs::sealed_text(json));
  report_data::write_run_report(experiment, prepared, json, run.path());
  if (!result.problem.empty()) run.log_ending(result.problem, /*is_error=*/true);
  return result;
}

/// Features and fingerprint: rank 0 makes them, then the others, which find them in the store where all have the same.
features::PreparedFeatures prepare(const config::Experiment& experiment, const runs::RunOptions& options,
                                   std::string& print) {
  auto* group = options.group;
  runs::check_same_configuration(group, experiment);
  if (!ranks::is_first(group)) group->wait_for_all();
  auto prepared = features::prepare_features(experiment, options.device);
  print = runs::fingerprint(experiment, prepared);
  if (group != nullptr && ranks::is_first(group)) group->wait_for_all();
  runs::check_same_fingerprint(group, print);
  return prepared;
}

/// A rank after the first: its part of the work; it writes nothing that is kept.
runs::RunResult help_with(const config::Experiment& experiment, const runs::RunOptions& options) {
  std::string print;
  const auto prepared = prepare(experiment, options, print);
  if (!runs::all_train(options.group, true)) return {};
  const TemporaryFolder scratch("soundfold-rank");
  if (!experiment.sweep.empty()) {
    help_sweep(experiment, prepared, options, scratch.path());
  } else if (experiment.protocol.cross_validates()) {
    help_cross_validation(experiment, prepared, options, scratch.path());
  } else {
    help_fixed(experiment, prepared, options, scratch.path());
  }
  return {};
}

}  // namespace

runs::RunResult run_experiment(const config::Experiment& experiment, const runs::RunOptions& options) {
  if (!ranks::is_first(options.group)) return help_with(experiment, options);
  runs::check_resumable(experiment, options);  // before the work of preparation
  std::string print;
  auto prepared = prepare(experiment, options, print);
  const bool rounds = experiment.protocol.cross_validates();
  if (options.skip_finished && !options.resume) {
    const bool with_model = !rounds || experiment.protocol.final_model != config::FinalModel::none;
    if (auto before = runs::finished_before(experiment, print, with_model)) {
      if (!report_data::has_report(before->folder)) {
        report_data::write_run_report(experiment, prepared, before->json, before->folder);
      }
      runs::all_train(options.group, false);
      return *before;
    }
  }
  if (!rounds) rounds::check_calibration(experiment, prepared);
  throw_if_interrupted("stopped before training; embeddings are in the store, the same command resumes from there");
  const auto run = runs::open_run(experiment, options);
  if (options.on_start) options.on_start(run.path());
  runs::all_train(options.group, true);
  runs::RunResult result;
  runs::with_ending_logged(run, [&] {
    runs::with_resuming_told("trainer", run, [&] { result = trained_run(experiment, prepared, options, print, run); });
  });
  return result;
}

}  // namespace soundfold::protocols
