// SPDX-License-Identifier: Apache-2.0
#include "protocols/internal/fixed_run.h"

#include "evaluation/report.h"
#include "evaluation/text_report.h"
#include "features/trained_backbone.h"
#include "heads/prediction.h"
#include "protocols/internal/calibrate.h"
#include "protocols/internal/round_training.h"
#include "runs/export_run.h"
#include "runs/result.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/threads.h"
#include "support/version.h"
#include "text/npy.h"
#include "training/trainer.h"

namespace soundfold::protocols {
namespace {

training::Outcome train_head(const config::Experiment& experiment, const features::PreparedFeatures& prepared,
                             const runs::RunOptions& options, const runs::RunFolder& run) {
  training::TrainerOptions trainer;
  trainer.on_epoch = [&](const training::EpochMetrics& metrics) {
    append_line(run.metrics_file(), runs::epoch_json(metrics).dump());
  };
  const int threads = thread_count(static_cast<int>(experiment.run.threads));
  try {
    return train_in_folder(experiment, prepared, options, run.path(), threads, trainer);
  } catch (const Interrupted& stop) {
    throw Interrupted(std::string(stop.what()) + "; resume with: trainer --resume " + run.path().string(), stop.signal);
  }
}

/// How a trained head does on the test clips; nothing when there are none.
struct TestResult {
  nlohmann::json metrics;
  torch::Tensor clip_logits;  ///< [C, K]
};

/// Writes what the test gives for users and for evaluator too.
TestResult test_head(training::Outcome& outcome, const features::PreparedFeatures& prepared, const runs::RunFolder& run,
                     const std::string& calibration_text) {
  const auto& test = prepared.sets.test;
  if (test.empty()) return {};
  const auto& names = prepared.data.dataset->class_names;
  const auto predicted = heads::predict(outcome.head, test);
  const auto clips = runs::clip_predictions(test, predicted.clip_logits);
  const auto report = runs::evaluate(test, predicted.clip_logits, predicted.frame_logits, names);
  write_file_atomically(run.path() / "report.txt", evaluation::text_report(report) + calibration_text);
  write_file_atomically(run.path() / "predictions.csv", evaluation::predictions_csv(clips, test.clip_ids, names));
  const auto clip_logits = predicted.clip_logits.contiguous();
  const auto frame_logits = predicted.frame_logits.contiguous().cpu();
  write_npy(run.path() / runs::kClipLogitsFile, clip_logits.sizes().vec(), clip_logits.data_ptr<float>());
  write_npy(run.path() / runs::kFrameLogitsFile, frame_logits.sizes().vec(), frame_logits.data_ptr<float>());
  nlohmann::json logits;
  for (std::int64_t clip = 0; clip < test.clip_count(); ++clip) {
    const float* row = clip_logits.data_ptr<float>() + clip * clip_logits.size(1);
    logits[test.clip_ids[static_cast<std::size_t>(clip)]] = std::vector<float>(row, row + clip_logits.size(1));
  }
  write_file_atomically(run.path() / "test_logits.json", logits.dump(1));
  return {evaluation::json_report(report), clip_logits};
}

nlohmann::json result_json(const config::Experiment& experiment, const features::PreparedFeatures& prepared,
                           const training::Outcome& outcome) {
  const auto& backbone = prepared.origin->backbone;
  nlohmann::json json;
  json["experiment"] = experiment.name;
  json["soundfold_version"] = version();
  json["fingerprint"] = runs::fingerprint(experiment, prepared);
  json["weights_digest"] = backbone.weights_digest;
  json["data"] = runs::data_json_of_run(prepared);
  if (backbone.tail) json["backbone_training"] = features::backbone_training_json(experiment, backbone);
  json["epochs_run"] = outcome.epochs_run;
  json["best_epoch"] = outcome.best_epoch;
  json["stopped_early"] = outcome.stopped_early;
  json["last_epoch"] = outcome.history.empty() ? nlohmann::json() : runs::epoch_json(outcome.history.back());
  return json;
}

}  // namespace

nlohmann::json run_fixed(const config::Experiment& experiment, const features::PreparedFeatures& prepared,
                         const runs::RunOptions& options, const runs::RunFolder& run) {
  auto outcome = train_head(experiment, prepared, options, run);
  const auto seen = features::head_view(prepared, outcome, options.device);
  const auto calibration = calibrate(experiment, outcome, seen);
  auto json = result_json(experiment, prepared, outcome);
  const auto test = test_head(outcome, seen, run, calibration.text);
  json["test"] = test.metrics;
  json["calibration"] = calibration.json;
  runs::enter_export(
      runs::export_head(experiment, seen, outcome, test.clip_logits, test.metrics, calibration.rule, options, run),
      outcome, json);
  return json;
}

}  // namespace soundfold::protocols
