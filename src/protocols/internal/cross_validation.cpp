// SPDX-License-Identifier: Apache-2.0
#include "protocols/internal/cross_validation.h"

#include "device/parallel.h"
#include "evaluation/text_report.h"
#include "features/trained_backbone.h"
#include "protocols/internal/dealt_folders.h"
#include "protocols/internal/fold_table.h"
#include "rounds/calibrate.h"
#include "rounds/round_features.h"
#include "rounds/round_result.h"
#include "runs/export_run.h"
#include "runs/result.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/interrupt.h"
#include "support/logging.h"
#include "support/progress.h"
#include "support/threads.h"
#include "support/version.h"

#include <atomic>
#include <optional>

namespace soundfold::protocols {
namespace fs = std::filesystem;
namespace {

rounds::RoundResult run_round(const config::Experiment& experiment, const splits::Round& round,
                              const features::PreparedFeatures& all, const runs::RunOptions& options,
                              const fs::path& folder) {
  const auto print = rounds::round_fingerprint(experiment, round, all);
  if (auto before = rounds::read_round(round, print, folder)) return *std::move(before);
  auto own = experiment;
  own.seed = round.seed;
  const auto prepared = rounds::round_features(all, round);
  auto outcome = rounds::train_round(own, prepared, options, folder, round.description());
  return rounds::finish_round(own, round, features::head_view(prepared, outcome, options.device), outcome, print,
                              folder);
}

/// Of a training that is one rank's own.
runs::RunOptions alone(runs::RunOptions options) {
  options.group = nullptr;
  return options;
}

/// Trains the rounds that are not finished yet, dealt out to the ranks, into rounds/ of `base`.
void deal_rounds(const config::Experiment& experiment, const std::vector<splits::Round>& rounds,
                 const features::PreparedFeatures& prepared, const runs::RunOptions& options, const fs::path& base) {
  std::vector<fs::path> folders;
  for (const auto& round : rounds) folders.push_back(fs::path("rounds") / round.name());
  deal_out(*options.group, "rounds", base, folders, job_count(experiment, options),
           [&](std::size_t i) { run_round(experiment, rounds[i], prepared, alone(options), base / folders[i]); });
}

/// All rounds, in their order.
std::vector<rounds::RoundResult> run_rounds(const config::Experiment& experiment,
                                            const std::vector<splits::Round>& rounds,
                                            const features::PreparedFeatures& prepared, const runs::RunOptions& options,
                                            const runs::RunFolder& run) {
  if (options.group != nullptr) deal_rounds(experiment, rounds, prepared, options, run.path());
  std::vector<std::optional<rounds::RoundResult>> results(rounds.size());
  std::atomic<std::size_t> finished{0};
  Progress progress("cross-validating", static_cast<std::int64_t>(rounds.size()), "rounds");
  try {
    run_parallel(rounds.size(), job_count(experiment, options), [&](std::size_t i) {
      throw_if_interrupted("stopped");
      results[i] = run_round(experiment, rounds[i], prepared, alone(options), run.path() / "rounds" / rounds[i].name());
      const auto& clips = results[i]->json.at("test").at("clips");
      logger().debug("{}: {} of {} clips right, {} epochs", rounds[i].description(), clips.value("correct", 0),
                     clips.value("sample_count", 0), results[i]->json.value("epochs_run", 0));
      ++finished;
      progress.advance();
    });
  } catch (const Interrupted& stop) {
    throw Interrupted("stopped; " + std::to_string(finished) + " of " + std::to_string(rounds.size()) +
                          " rounds are finished; resume with: trainer --resume " + run.path().string(),
                      stop.signal);
  }
  std::vector<rounds::RoundResult> all;
  all.reserve(results.size());
  for (auto& result : results) all.push_back(*std::move(result));
  return all;
}

void append_round(evaluation::Predictions& all, const evaluation::Predictions& more) {
  all.class_count = more.class_count;
  all.multi_label = more.multi_label;
  all.logits.insert(all.logits.end(), more.logits.begin(), more.logits.end());
  all.labels.insert(all.labels.end(), more.labels.begin(), more.labels.end());
}

/// The test predictions of all rounds together: with one seed each clip once, otherwise once per seed.
evaluation::Evaluation pool(const std::vector<rounds::RoundResult>& results,
                            const features::PreparedFeatures& prepared) {
  evaluation::Predictions clips, windows;
  std::vector<std::string> ids;
  std::vector<float> levels;
  for (const auto& result : results) {
    const auto test = rounds::round_test(prepared, result.round);
    if (result.clip_logits.size(0) != test.clip_count() || result.window_logits.size(0) != test.frame_count()) {
      throw DataError(result.round.name() + ": its logits are not those of its test clips; delete this round's folder");
    }
    append_round(clips, runs::clip_predictions(test, result.clip_logits));
    append_round(windows, runs::window_predictions(test, result.window_logits));
    ids.insert(ids.end(), test.clip_ids.begin(), test.clip_ids.end());
    if (!test.level_dbfs.defined()) continue;
    levels.insert(levels.end(), test.level_dbfs.data_ptr<float>(),
                  test.level_dbfs.data_ptr<float>() + test.level_dbfs.numel());
  }
  auto pooled = evaluation::evaluate(clips, windows, ids, prepared.data.dataset->class_names);
  if (levels.size() == windows.labels.size()) evaluation::add_sounding_windows(pooled, windows, levels);
  return pooled;
}

std::string report_text(const std::vector<FoldRow>& rows, const evaluation::Evaluation& pooled, std::int64_t seeds) {
  const std::string heading =
      seeds == 1 ? "All folds together\n"
                 : "All folds and seeds together (each clip is there " + std::to_string(seeds) + " times)\n";
  return fold_table_text(rows) + "\n" + heading + evaluation::text_report(pooled, seeds == 1 ? 10 : 0, seeds == 1);
}

config::Experiment final_experiment(const config::Experiment& experiment, std::int64_t epochs) {
  auto own = experiment;
  own.training.epochs = epochs;
  own.early_stopping.enabled = false;
  own.early_stopping.restore_best = false;
  own.early_stopping.monitor = config::Metric::loss;
  own.calibration = config::Calibration();
  return own;
}

/// The training of one model on all folds, into `folder`.
training::Outcome train_on_all(const config::Experiment& own, const features::PreparedFeatures& prepared,
                               const runs::RunOptions& options, const fs::path& folder) {
  const int threads = thread_count(static_cast<int>(own.run.threads));  // no other training runs beside it
  return rounds::train_round(own, prepared, options, folder, "final model", /*checkpoint_interval_s=*/0, threads);
}

/// Whether all ranks train the final model together.
bool shares_final_model(const config::Experiment& experiment, const features::PreparedFeatures& prepared,
                        const runs::RunOptions& options) {
  return options.group != nullptr && experiment.protocol.final_model == config::FinalModel::all_folds &&
         prepared.origin->backbone.tail.has_value();
}

/// One model on all folds, for as many epochs as the rounds needed on average. It has no test of its own: the rounds'
/// accuracy is the estimate of its accuracy.
nlohmann::json train_final_model(const config::Experiment& experiment, const features::PreparedFeatures& prepared,
                                 std::int64_t epochs, const nlohmann::json& accuracy, const runs::RunOptions& options,
                                 const runs::RunFolder& run) {
  const auto own = final_experiment(experiment, epochs);
  if (shares_final_model(experiment, prepared, options)) options.group->broadcast(std::to_string(epochs));
  logger().info("final model: all folds, {} epochs, the mean of the rounds (protocol.final_model: none leaves it out)",
                epochs);
  training::Outcome outcome;
  try {
    outcome = train_on_all(own, prepared, options, run.path());
  } catch (const Interrupted& stop) {
    throw Interrupted(
        "stopped in the final model, all rounds are finished; resume with: trainer --resume " + run.path().string(),
        stop.signal);
  }
  const auto seen = features::head_view(prepared, outcome, options.device);
  const auto calibration = rounds::calibrate(own, outcome, seen);
  nlohmann::json json = {{"epochs", epochs}};
  runs::enter_export(runs::export_head(own, seen, outcome, {}, accuracy, calibration.rule, options, run), outcome,
                     json);
  return json;
}

std::vector<splits::Round> rounds_of(const config::Experiment& experiment, const dataset::Dataset& data) {
  return splits::make_rounds(experiment.protocol, splits::protocol_folds(experiment.protocol, data), experiment.seed);
}

}  // namespace

int job_count(const config::Experiment& experiment, const runs::RunOptions& options) {
  return thread_count(options.jobs > 0 ? options.jobs : static_cast<int>(experiment.run.threads));
}

void help_cross_validation(const config::Experiment& experiment, const features::PreparedFeatures& prepared,
                           const runs::RunOptions& options, const fs::path& scratch) {
  deal_rounds(experiment, rounds_of(experiment, *prepared.data.dataset), prepared, options, scratch);
  if (!shares_final_model(experiment, prepared, options)) return;
  const auto epochs = std::stoll(options.group->broadcast(""));
  train_on_all(final_experiment(experiment, epochs), prepared, options, scratch);
}

nlohmann::json run_cross_validation(const config::Experiment& experiment, const features::PreparedFeatures& prepared,
                                    const runs::RunOptions& options, const runs::RunFolder& run) {
  const auto& data = *prepared.data.dataset;
  const auto& used = prepared.data.splits.train;
  const auto& origin = *prepared.origin;
  const auto folds = splits::protocol_folds(experiment.protocol, data);
  const auto rounds = rounds_of(experiment, data);
  if (!origin.embedded.skipped.empty()) splits::check_rounds(experiment.protocol, rounds, data, used);
  const auto results = run_rounds(experiment, rounds, prepared, options, run);

  nlohmann::json json = {{"experiment", experiment.name},
                         {"soundfold_version", version()},
                         {"protocol", splits::protocol_text(experiment.protocol, folds, experiment.seed)},
                         {"weights_digest", origin.backbone.weights_digest},
                         {"data", runs::data_json_of_run(prepared)}};
  const bool left_out = experiment.protocol.folds_from == config::FoldSource::each_source;
  std::vector<FoldRow> rows;
  for (const auto& result : results) {
    rows.push_back(fold_row(result.round, result.json));
    if (left_out) rows.back().source = splits::source_of_fold(data, result.round.test);
    json["rounds"].push_back(result.json);
  }
  json["clip_accuracy"] = summary_json(summarize_clips(rows));
  json["window_accuracy"] = summary_json(summarize_windows(rows));
  const auto pooled = pool(results, prepared);
  json["pooled"] = evaluation::json_report(pooled);
  json["report"] = report_text(rows, pooled, experiment.protocol.repeats);
  write_file_atomically(run.path() / "folds.csv", fold_table_csv(rows));
  if (experiment.protocol.folds_from != config::FoldSource::data) {
    write_file_atomically(run.path() / "clip_folds.csv", splits::clip_folds_csv(data, used));
  }
  json["calibration"] = rounds::mean_calibration(json["rounds"]);
  write_file_atomically(run.path() / "report.txt", json["protocol"].get<std::string>() + "\n\n" +
                                                       json["report"].get<std::string>() +
                                                       rounds::rounds_calibration_text(json["calibration"]));
  if (experiment.protocol.final_model == config::FinalModel::all_folds) {
    const nlohmann::json accuracy = {{"protocol", json["protocol"]},
                                     {"clip_accuracy", json["clip_accuracy"]},
                                     {"window_accuracy", json["window_accuracy"]}};
    json["final_model"] = train_final_model(experiment, prepared, mean_kept_epoch(rows), accuracy, options, run);
  }
  return json;
}

}  // namespace soundfold::protocols
