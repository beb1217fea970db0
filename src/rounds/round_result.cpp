// SPDX-License-Identifier: Apache-2.0
#include "rounds/round_result.h"

#include "config/load.h"
#include "config/print.h"
#include "rounds/calibrate.h"
#include "runs/answers.h"
#include "runs/result.h"
#include "runs/run_folder.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/hashing.h"
#include "support/version.h"
#include "text/npy.h"

#include <algorithm>

namespace soundfold::rounds {
namespace fs = std::filesystem;
namespace {

torch::Tensor read_logits(const fs::path& file) {
  const auto array = read_npy(file);
  if (array.shape.size() != 2) throw DataError(file.string() + ": not a table of logits; delete this folder");
  return torch::tensor(array.values, torch::kFloat32).reshape({array.shape[0], array.shape[1]});
}

nlohmann::json round_json(const config::Experiment& experiment, const splits::Round& round,
                          const features::PreparedFeatures& prepared, const training::Outcome& outcome,
                          const std::string& print) {
  nlohmann::json json = {
      {"fingerprint", print},
      {"seed", round.seed},
      {"test_fold", round.test},
      {"validation_fold", round.validation == 0 ? nlohmann::json() : nlohmann::json(round.validation)},
      {"train_folds", round.train},
      {"train", runs::counts_json(prepared.sets.train)},
      {"validation", runs::counts_json(prepared.sets.validation)},
      {"epochs_run", outcome.epochs_run},
      {"best_epoch", outcome.best_epoch},
      {"stopped_early", outcome.stopped_early},
      {"kept", runs::epoch_json(kept_epoch(experiment, outcome))}};
  if (outcome.known_class_weight) json["known_class_weight"] = *outcome.known_class_weight;
  return json;
}

}  // namespace

std::string round_fingerprint(const config::Experiment& experiment, const splits::Round& round,
                              const features::PreparedFeatures& prepared) {
  config::Experiment same = experiment;
  same.name = "round";
  same.seed = round.seed;
  same.run = config::Run();
  same.report = config::Report();
  same.folds = config::Folds();
  same.protocol = config::Protocol();  // more seeds or other folds do not change this round
  same.sweep = config::Sweep();
  Hasher hasher(HashKind::xxh3_128);
  hasher.update(config::to_yaml(same));
  hasher.update(version());
  const auto& origin = *prepared.origin;
  for (const auto clip : prepared.data.splits.train) {
    const auto& each = prepared.data.dataset->clips[clip];
    const bool trains = std::find(round.train.begin(), round.train.end(), each.fold) != round.train.end();
    const char* part = each.fold == round.test         ? "test"
                       : each.fold == round.validation ? "validation"
                       : trains                        ? "train"
                                                       : "";
    if (*part == '\0') continue;
    hasher.update(std::string(part) + " " + each.id + "=" + origin.embedded.records[clip].key);
    for (const auto label : each.labels) hasher.update("," + std::to_string(label));
  }
  for (const auto& variant : origin.variants.clips) hasher.update(variant.key + "\n");
  if (origin.fresh && origin.fresh->noises) hasher.update(origin.fresh->noises->digest);
  return hasher.hex_digest();
}

RoundResult finish_round(const config::Experiment& experiment, const splits::Round& round,
                         const features::PreparedFeatures& prepared, training::Outcome& outcome,
                         const std::string& print, const fs::path& folder) {
  const auto& sets = prepared.sets;
  const auto& names = prepared.data.dataset->class_names;
  const auto test = runs::answer_split(outcome.head, sets.test, names, runs::kTestFiles, folder);
  runs::write_predictions(outcome.head, sets.validation, names, folder / runs::kValidationFiles.predictions);
  RoundResult result{round, round_json(experiment, round, prepared, outcome, print), test.clip_logits,
                     test.window_logits};
  result.json["calibration"] = calibrate(experiment, outcome, prepared).json;
  result.json["test"] = test.metrics;
  result.json["predictions"] = runs::prediction_files_json(sets.test, sets.validation);
  auto kept = result.json;
  for (const auto* name : {runs::kClipLogitsFile, runs::kWindowLogitsFile}) {
    kept["logits_digests"][name] = hash_bytes(HashKind::xxh3_128, read_file(folder / name));
  }
  write_file_atomically(folder / "result.json", runs::sealed_text(kept));
  std::error_code ignored;
  fs::remove(folder / "checkpoint.pt", ignored);
  return result;
}

std::optional<RoundResult> read_round(const splits::Round& round, const std::string& print, const fs::path& folder) {
  const auto file = folder / "result.json";
  if (!fs::exists(file)) return std::nullopt;
  auto json = runs::unsealed(read_file(file));
  if (json.is_null()) {
    throw DataError(file.string() + ": damaged, or of an older version; delete this folder and resume");
  }
  if (json.value("fingerprint", "") != print) {
    throw DataError(file.string() + ": this round was trained with other settings, data or weights; " +
                    "put those back, or start a new run");
  }
  for (const auto* name : {runs::kClipLogitsFile, runs::kWindowLogitsFile}) {
    if (json["logits_digests"][name] == hash_bytes(HashKind::xxh3_128, read_file(folder / name))) continue;
    throw DataError((folder / name).string() + ": damaged; delete this folder and resume");
  }
  json.erase("logits_digests");
  return RoundResult{round, json, read_logits(folder / runs::kClipLogitsFile),
                     read_logits(folder / runs::kWindowLogitsFile)};
}

}  // namespace soundfold::rounds
