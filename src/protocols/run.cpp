// SPDX-License-Identifier: Apache-2.0
#include "protocols/run.h"

#include "baselines/baselines.h"
#include "features/model_summary.h"
#include "features/prepare.h"
#include "protocols/internal/cross_validation.h"
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

}  // namespace

runs::RunResult run_experiment(const config::Experiment& experiment, const runs::RunOptions& options) {
  runs::check_resumable(experiment, options);  // before the work of preparation
  auto prepared = features::prepare_features(experiment, options.device);
  const bool rounds = experiment.protocol.cross_validates();
  const auto print = runs::fingerprint(experiment, prepared);
  if (options.skip_finished && !options.resume) {
    const bool with_model = !rounds || experiment.protocol.final_model != config::FinalModel::none;
    if (auto before = runs::finished_before(experiment, print, with_model)) {
      if (!report_data::has_report(before->folder)) {
        report_data::write_run_report(experiment, prepared, before->json, before->folder);
      }
      return *before;
    }
  }
  if (!rounds) rounds::check_calibration(experiment, prepared);
  throw_if_interrupted("stopped before training; embeddings are in the store, the same command resumes from there");
  const auto run = runs::open_run(experiment, options);
  if (options.on_start) options.on_start(run.path());
  runs::RunResult result;
  runs::with_ending_logged(run, [&] { result = trained_run(experiment, prepared, options, print, run); });
  return result;
}

}  // namespace soundfold::protocols
