// SPDX-License-Identifier: Apache-2.0
#include "experiment/run.h"

#include "config/load.h"
#include "evaluation/report.h"
#include "experiment/calibrate.h"
#include "experiment/cross_validation.h"
#include "experiment/export_run.h"
#include "experiment/fresh_features.h"
#include "experiment/result.h"
#include "experiment/resumed_run.h"
#include "experiment/rounds.h"
#include "experiment/run_distillation.h"
#include "experiment/run_steps.h"
#include "experiment/sweep.h"
#include "experiment/trained_backbone.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/interrupt.h"
#include "support/logging.h"
#include "support/threads.h"
#include "support/version.h"
#include "training/run_folder.h"

#include <iomanip>
#include <sstream>

namespace soundfold::experiment {
namespace fs = std::filesystem;
std::optional<RunResult> finished_before(const config::Experiment& experiment, const std::string& print,
                                         bool with_model) {
  const auto run = training::RunFolder::latest_finished(experiment.run.folder, experiment.name);
  if (!run || (with_model && !fs::exists(run->model_file()))) return std::nullopt;
  const auto json = unsealed(read_file(run->result_file()));
  if (json.is_null()) spdlog::warn("{}: damaged, or of an older version; not used", run->result_file().string());
  if (json.is_null() || json.value("fingerprint", "") != print) return std::nullopt;
  return RunResult{run->path(), json, true, ""};
}

namespace {

training::RunFolder started_run(const config::Experiment& experiment, const RunOptions& options) {
  const auto found = options.resume_folder.empty()
                         ? training::RunFolder::newest_unfinished(experiment.run.folder, experiment.name)
                         : std::optional(training::RunFolder::open(options.resume_folder));
  if (!found) {
    throw UsageError("nothing to resume: " + (fs::path(experiment.run.folder) / experiment.name).string() +
                     " holds no unfinished run; start one without --resume");
  }
  if (found->finished()) throw UsageError(found->path().string() + " is a finished run; there is nothing to resume");
  return *found;
}

}  // namespace

training::RunFolder open_run(const config::Experiment& experiment, const RunOptions& options) {
  const auto device = options.device.str();
  if (!options.resume) {
    auto run = training::RunFolder::create(experiment.run.folder, experiment.name);
    write_config(run, experiment, device);
    also_log_to(run.log_file());
    return run;
  }
  auto run = started_run(experiment, options);
  auto changes = changes_on_resume(run, experiment);
  if (const auto before = recorded_device(run); !before.empty() && before != device) {
    changes.push_back("device " + device + " (was " + before + ")");
  }
  also_log_to(run.log_file());
  for (const auto& change : changes) spdlog::info("resumed with {}", change);
  if (!changes.empty()) write_config(run, experiment, device, changes);
  return run;
}

void add_how_it_ran(const training::RunFolder& run, const config::Experiment& experiment, const RunOptions& options,
                    nlohmann::json& result) {
  result["device"] = options.device.str();
  result["device_reason"] = options.device_reason;
  result["threads"] = thread_count(static_cast<int>(experiment.run.threads));
  if (const auto changes = recorded_changes(run); !changes.empty()) result["resumed_with"] = changes;
  if (!result.contains("data")) return;
  const auto& data = experiment.data;
  result["data"]["multi_label"] = data.multi_label;
  result["data"]["negative_class"] = data.negative_class.empty() ? data.other_class : data.negative_class;
}

namespace {

training::Outcome train_head(const config::Experiment& experiment, const PreparedFeatures& prepared,
                             const RunOptions& options, const training::RunFolder& run) {
  training::TrainerOptions trainer;
  trainer.device = options.device;
  trainer.input_parts = prepared.input_parts;
  trainer.known_classes = prepared.known_classes ? &*prepared.known_classes : nullptr;
  trainer.tail = prepared.tail ? &*prepared.tail : nullptr;
  trainer.fresh_features = fresh_features(experiment, prepared, thread_count(static_cast<int>(experiment.run.threads)));
  trainer.checkpoint = run.checkpoint_file();
  trainer.resume = options.resume && fs::exists(run.checkpoint_file());
  trainer.on_epoch = [&](const training::EpochMetrics& metrics) {
    append_line(run.metrics_file(), epoch_json(metrics).dump());
  };
  try {
    return training::train(experiment, prepared.train, prepared.validation,
                           static_cast<std::int64_t>(prepared.data.class_names.size()), trainer);
  } catch (const Interrupted& stop) {
    throw Interrupted(std::string(stop.what()) + "; resume with: trainer --resume " + run.path().string(), stop.signal);
  }
}

/// The whole history at once: a run that was killed and resumed may have missed or repeated a line.
void write_metrics(const training::Outcome& outcome, const training::RunFolder& run) {
  std::string lines;
  for (const auto& epoch : outcome.history) lines += epoch_json(epoch).dump() + "\n";
  write_file_atomically(run.metrics_file(), lines);
}

/// Test metrics, and the files that hold them for users and for evaluator.
nlohmann::json test_head(training::Outcome& outcome, const PreparedFeatures& prepared, const training::RunFolder& run,
                         const std::string& calibration_text, torch::Tensor& clip_logits) {
  if (prepared.test.empty()) return nlohmann::json();
  const auto predicted = training::predict(outcome.head, prepared.test);
  clip_logits = predicted.clip_logits.contiguous();
  const auto clips = clip_predictions(prepared.test, predicted.clip_logits);
  const auto report = evaluation::evaluate(clips, frame_predictions(prepared.test, predicted.frame_logits),
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

nlohmann::json result_json(const config::Experiment& experiment, const PreparedFeatures& prepared,
                           const training::Outcome& outcome) {
  nlohmann::json json;
  json["experiment"] = experiment.name;
  json["soundfold_version"] = version();
  json["fingerprint"] = fingerprint(experiment, prepared);
  json["weights_digest"] = prepared.weights_digest;
  json["data"] = data_json_of_run(prepared);
  if (prepared.tail) json["backbone_training"] = backbone_training_json(experiment, prepared);
  json["epochs_run"] = outcome.epochs_run;
  json["best_epoch"] = outcome.best_epoch;
  json["stopped_early"] = outcome.stopped_early;
  json["last_epoch"] = outcome.history.empty() ? nlohmann::json() : epoch_json(outcome.history.back());
  return json;
}

std::string percent(const nlohmann::json& level) {
  std::ostringstream out;
  out << std::fixed << std::setprecision(2) << 100.0 * level.value("accuracy", 0.0) << " % ("
      << level.value("correct", 0) << "/" << level.value("sample_count", 0) << ")";
  return out.str();
}

}  // namespace

void start_run(const config::Experiment& experiment, const PreparedFeatures& prepared, const training::RunFolder& run) {
  spdlog::debug("soundfold {}; configuration:\n{}", version(), config::to_yaml(experiment));
  spdlog::info("run: {}", run.path().string());
  if (!prepared.skipped.empty()) {
    std::string list;
    for (const auto& line : prepared.skipped) list += line + "\n";
    write_file_atomically(run.path() / "skipped.txt", list);
  }
}

nlohmann::json run_fixed(const config::Experiment& experiment, const PreparedFeatures& prepared,
                         const RunOptions& options, const training::RunFolder& run) {
  auto outcome = train_head(experiment, prepared, options, run);
  write_metrics(outcome, run);
  const auto seen = head_view(prepared, outcome, options.device);
  const auto calibration = calibrate(experiment, outcome, seen);
  torch::Tensor clip_logits;
  auto json = result_json(experiment, prepared, outcome);
  json["test"] = test_head(outcome, seen, run, calibration.text, clip_logits);
  json["calibration"] = calibration.json;
  enter_export(export_head(experiment, seen, outcome, clip_logits, json["test"], calibration, options, run), outcome,
               json);
  return json;
}

RunResult run_experiment(const config::Experiment& experiment, const RunOptions& options) {
  if (options.resume)
    changes_on_resume(started_run(experiment, options), experiment);  // before the work of preparation
  if (experiment.objective.type == "distill") return run_distillation(experiment, options);
  auto prepared = prepare_features(experiment, options.device);
  const bool rounds = cross_validates(experiment);
  const auto print = fingerprint(experiment, prepared);
  if (options.skip_finished && !options.resume) {
    const bool with_model = !rounds || experiment.protocol.final_model != "none";
    if (auto before = finished_before(experiment, print, with_model)) return *before;
  }
  if (!rounds) check_calibration(experiment, prepared);
  throw_if_interrupted("stopped before training; embeddings are in the store, the same command resumes from there");
  const auto run = open_run(experiment, options);
  start_run(experiment, prepared, run);
  auto json = !experiment.sweep.empty() ? run_sweep(experiment, prepared, options, run)
              : rounds                  ? run_cross_validation(experiment, prepared, options, run)
                                        : run_fixed(experiment, prepared, options, run);
  json["fingerprint"] = print;
  add_how_it_ran(run, experiment, options, json);
  RunResult result{run.path(), json, false, export_problem(json, run.path())};
  result.problem.empty() ? run.finish(sealed_text(json)) : run.keep_unfinished(sealed_text(json));
  return result;
}

std::string device_text(const nlohmann::json& result) {
  const auto threads = result.value("threads", 0);
  std::string text = result.value("device", "");
  if (threads > 0) text += ", " + std::to_string(threads) + (threads == 1 ? " thread" : " threads");
  const auto reason = result.value("device_reason", "");
  return text + (reason.empty() ? "" : " (" + reason + ")");
}

std::string without_negatives(const nlohmann::json& data) {
  if (data.value("multi_label", false) || !data.value("negative_class", "").empty()) return "";
  const auto names = data.value("classes", std::vector<std::string>());
  const auto answers =
      names.size() == 2 ? names[0] + " or " + names[1] : "one of its " + std::to_string(names.size()) + " classes";
  return "no negative class: the model calls every sound " + answers +
         ", whatever it is; data.negative_class (as in configs/dogcat_other.yaml) gives it one for other sounds";
}

std::string summary_text(const RunResult& result) {
  const auto& json = result.json;
  if (json.contains("student")) return distillation_summary(result);
  if (json.contains("rounds")) return cross_validation_summary(result);
  const auto& data = json.at("data");
  std::ostringstream out;
  const auto line = [&](const char* name, const std::string& value) {
    out << "  " << std::left << std::setw(14) << name << value << "\n";
  };
  const auto counts = [&](const char* split) {
    return std::to_string(data.at(split).value("clips", 0)) + " clips, " +
           std::to_string(data.at(split).value("frames", 0)) + " frames";
  };
  if (json.contains("sweep")) out << json.at("sweep").value("text", "") << "\n";
  out << json.value("experiment", "")
      << (result.was_finished ? " was finished before with the same settings, data and weights\n" : "\n");
  line("data", data.value("description", ""));
  line("train", counts("train"));
  line("validation", counts("validation"));
  line("test", counts("test"));
  if (data.contains("variants")) {
    line("variants",
         std::to_string(data["variants"].value("clips", 0)) + " of the training clips are variants of the others");
  }
  if (data.contains("silent_frames")) line("silence", data["silent_frames"].value("text", ""));
  if (!data.at("skipped_clips").empty())
    line("skipped", std::to_string(data.at("skipped_clips").size()) + " clips, listed in skipped.txt");
  line("epochs", std::to_string(json.value("epochs_run", 0)) + ", best " + std::to_string(json.value("best_epoch", 0)) +
                     (json.value("stopped_early", false) ? ", stopped early" : ""));
  if (!json.at("test").is_null()) {
    line("clips right", percent(json.at("test").at("clips")));
    line("frames right", percent(json.at("test").at("frames")));
  }
  if (const auto c = json.find("calibration"); c != json.end() && c->is_object()) {
    line("calibration", "temperature " + std::to_string(c->value("temperature", 1.0)) +
                            (c->contains("thresholds") ? ", a threshold for each class" : ""));
  }
  line("device", device_text(json));
  for (const auto& change : json.value("resumed_with", std::vector<std::string>())) line("resumed with", change);
  const auto exported = export_of(json);
  if (const auto precision = precision_text(exported); !precision.empty()) line("precision", precision);
  line("model", (result.folder / exported.value("file", "model.pt")).string() +
                    (result.problem.empty() ? "" : " (not verified)"));
  if (const auto warning = without_negatives(data); !warning.empty()) line("warning", warning);
  line("run", result.folder.string());
  return out.str();
}

}  // namespace soundfold::experiment
