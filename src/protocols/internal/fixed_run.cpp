// SPDX-License-Identifier: Apache-2.0
#include "protocols/internal/fixed_run.h"

#include "features/trained_backbone.h"
#include "rounds/calibrate.h"
#include "rounds/round_training.h"
#include "runs/answers.h"
#include "runs/export_run.h"
#include "runs/result.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/logging.h"
#include "support/threads.h"
#include "support/version.h"
#include "training/trainer.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

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
    return rounds::train_in_folder(experiment, prepared, options, run.path(), threads, trainer);
  } catch (const Interrupted& stop) {
    throw Interrupted(std::string(stop.what()) + "; resume with: trainer --resume " + run.path().string(), stop.signal);
  }
}

/// Of the test, by clip: evaluator compares the exported model with them.
void write_logits_by_clip(const runs::Answers& test, const std::vector<std::string>& clip_ids,
                          const runs::RunFolder& run) {
  if (clip_ids.empty()) return;
  nlohmann::json logits;
  const auto classes = test.clip_logits.size(1);
  for (std::size_t clip = 0; clip < clip_ids.size(); ++clip) {
    const float* row = test.clip_logits.data_ptr<float>() + static_cast<std::int64_t>(clip) * classes;
    logits[clip_ids[clip]] = std::vector<float>(row, row + classes);
  }
  write_file_atomically(run.path() / "test_logits.json", logits.dump(1));
}

/// What report.txt says of the test clips, without any of the validation clips; empty without either.
std::string answered_text(const runs::Answers& test, const runs::Answers& validation) {
  if (!test.metrics.is_null()) return test.text;
  if (validation.metrics.is_null()) return "";
  return "No test split: these are the validation clips, by which the training may have chosen its epoch;\n"
         "on new sounds expect less.\n\n" +
         validation.text;
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
  const auto calibration = rounds::calibrate(experiment, outcome, seen);
  if (const auto warning = rounds::calibration_warning(calibration.json); !warning.empty())
    logger().warn("{}", warning);
  auto json = result_json(experiment, prepared, outcome);
  const auto& names = prepared.data.dataset->class_names;
  const auto& test_set = seen.sets.test;
  const auto& validation_set = seen.sets.validation;
  const auto validation = runs::answer_split(outcome.head, validation_set, names, runs::kValidationFiles, run.path());
  const auto test = runs::answer_split(outcome.head, test_set, names, runs::kTestFiles, run.path());
  write_logits_by_clip(test, test_set.clip_ids, run);
  if (const auto text = answered_text(test, validation); !text.empty()) {
    write_file_atomically(run.path() / "report.txt", text + calibration.text);
  }
  json["test"] = test.metrics;
  json["validation"] = validation.metrics;
  json["predictions"] = runs::prediction_files_json(test_set, validation_set);
  json["calibration"] = calibration.json;
  runs::enter_export(
      runs::export_head(experiment, seen, outcome, test.clip_logits, test.metrics, calibration.rule, options, run),
      outcome, json);
  return json;
}

void help_fixed(const config::Experiment& experiment, const features::PreparedFeatures& prepared,
                const runs::RunOptions& options, const std::filesystem::path& scratch) {
  if (!prepared.origin->backbone.tail) return;
  rounds::train_in_folder(experiment, prepared, options, scratch,
                          thread_count(static_cast<int>(experiment.run.threads)), {});
}

}  // namespace soundfold::protocols
