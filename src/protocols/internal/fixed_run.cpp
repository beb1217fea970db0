// SPDX-License-Identifier: Apache-2.0
#include "protocols/internal/fixed_run.h"

#include "evaluation/report.h"
#include "evaluation/text_report.h"
#include "features/fresh_features.h"
#include "features/trained_backbone.h"
#include "heads/prediction.h"
#include "protocols/internal/calibrate.h"
#include "runs/export_run.h"
#include "runs/result.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/threads.h"
#include "support/version.h"
#include "training/trainer.h"

namespace soundfold::protocols {
namespace fs = std::filesystem;
namespace {

training::Outcome train_head(const config::Experiment& experiment, const features::PreparedFeatures& prepared,
                             const runs::RunOptions& options, const runs::RunFolder& run) {
  training::TrainerOptions trainer;
  trainer.device = options.device;
  trainer.input_parts = prepared.input_parts;
  trainer.known_classes = prepared.known_classes ? &*prepared.known_classes : nullptr;
  trainer.tail = prepared.tail ? &*prepared.tail : nullptr;
  trainer.fresh_features = fresh_features(experiment, prepared, thread_count(static_cast<int>(experiment.run.threads)));
  trainer.checkpoint = run.checkpoint_file();
  trainer.resume = options.resume && fs::exists(run.checkpoint_file());
  trainer.on_epoch = [&](const training::EpochMetrics& metrics) {
    append_line(run.metrics_file(), runs::epoch_json(metrics).dump());
  };
  try {
    return training::train(experiment, prepared.train, prepared.validation,
                           static_cast<std::int64_t>(prepared.data.class_names.size()), trainer);
  } catch (const Interrupted& stop) {
    throw Interrupted(std::string(stop.what()) + "; resume with: trainer --resume " + run.path().string(), stop.signal);
  }
}

/// The whole history at once: a run that was killed and resumed may have missed or repeated a line.
void write_metrics(const training::Outcome& outcome, const runs::RunFolder& run) {
  std::string lines;
  for (const auto& epoch : outcome.history) lines += runs::epoch_json(epoch).dump() + "\n";
  write_file_atomically(run.metrics_file(), lines);
}

/// Test metrics, and the files that hold them for users and for evaluator.
nlohmann::json test_head(training::Outcome& outcome, const features::PreparedFeatures& prepared,
                         const runs::RunFolder& run, const std::string& calibration_text, torch::Tensor& clip_logits) {
  if (prepared.test.empty()) return nlohmann::json();
  const auto predicted = heads::predict(outcome.head, prepared.test);
  clip_logits = predicted.clip_logits.contiguous();
  const auto clips = runs::clip_predictions(prepared.test, predicted.clip_logits);
  const auto report = evaluation::evaluate(clips, runs::frame_predictions(prepared.test, predicted.frame_logits),
                                           prepared.test.clip_ids, prepared.data.class_names);
  write_file_atomically(run.path() / "report.txt", evaluation::text_report(report) + calibration_text);
  write_file_atomically(run.path() / "predictions.csv",
                        evaluation::predictions_csv(clips, prepared.test.clip_ids, prepared.data.class_names));
  nlohmann::json logits;
  for (std::int64_t clip = 0; clip < prepared.test.clip_count(); ++clip) {
    const float* row = clip_logits.data_ptr<float>() + clip * clip_logits.size(1);
    logits[prepared.test.clip_ids[static_cast<std::size_t>(clip)]] = std::vector<float>(row, row + clip_logits.size(1));
  }
  write_file_atomically(run.path() / "test_logits.json", logits.dump(1));
  return evaluation::json_report(report);
}

nlohmann::json result_json(const config::Experiment& experiment, const features::PreparedFeatures& prepared,
                           const training::Outcome& outcome) {
  nlohmann::json json;
  json["experiment"] = experiment.name;
  json["soundfold_version"] = version();
  json["fingerprint"] = runs::fingerprint(experiment, prepared);
  json["weights_digest"] = prepared.weights_digest;
  json["data"] = runs::data_json_of_run(prepared);
  if (prepared.tail) json["backbone_training"] = features::backbone_training_json(experiment, prepared);
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
  write_metrics(outcome, run);
  const auto seen = features::head_view(prepared, outcome, options.device);
  const auto calibration = calibrate(experiment, outcome, seen);
  torch::Tensor clip_logits;
  auto json = result_json(experiment, prepared, outcome);
  json["test"] = test_head(outcome, seen, run, calibration.text, clip_logits);
  json["calibration"] = calibration.json;
  runs::enter_export(
      runs::export_head(experiment, seen, outcome, clip_logits, json["test"], calibration.rule, options, run), outcome,
      json);
  return json;
}

}  // namespace soundfold::protocols
