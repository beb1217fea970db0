// SPDX-License-Identifier: Apache-2.0
#include "protocols/run.h"

#include "features/model_summary.h"
#include "features/prepare.h"
#include "protocols/internal/calibrate.h"
#include "protocols/internal/cross_validation.h"
#include "protocols/internal/fixed_run.h"
#include "protocols/internal/sweep.h"
#include "report_data/write_report.h"
#include "runs/export_run.h"
#include "runs/open_run.h"
#include "runs/result.h"
#include "runs/tensorboard_log.h"
#include "splits/rounds.h"
#include "support/errors.h"
#include "support/interrupt.h"
#include "support/logging.h"

namespace soundfold::protocols {
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
  if (!rounds) check_calibration(experiment, prepared);
  throw_if_interrupted("stopped before training; embeddings are in the store, the same command resumes from there");
  const auto run = runs::open_run(experiment, options);
  if (options.on_start) options.on_start(run.path());
  runs::start_run(experiment, prepared, run);
  if (experiment.sweep.empty()) logger().info("{}", features::model_summary(experiment, prepared));
  auto json = !experiment.sweep.empty() ? run_sweep(experiment, prepared, options, run)
              : rounds                  ? run_cross_validation(experiment, prepared, options, run)
                                        : run_fixed(experiment, prepared, options, run);
  json["fingerprint"] = print;
  runs::add_how_it_ran(run, experiment, options, json);
  runs::log_result_for_tensorboard(experiment, json, run.path());
  runs::RunResult result{run.path(), json, false, runs::export_problem(json, run.path())};
  result.problem.empty() ? run.finish(runs::sealed_text(json)) : run.keep_unfinished(runs::sealed_text(json));
  report_data::write_run_report(experiment, prepared, json, run.path());
  return result;
}

}  // namespace soundfold::protocols
