// SPDX-License-Identifier: Apache-2.0
#include "protocols/internal/round_training.h"

#include "features/fresh_features.h"
#include "runs/result.h"
#include "support/errors.h"
#include "support/files.h"

namespace soundfold::protocols {
namespace fs = std::filesystem;
namespace {

void write_history(const training::Outcome& outcome, const fs::path& file) {
  std::string lines;
  for (const auto& epoch : outcome.history) lines += runs::epoch_json(epoch).dump() + "\n";
  write_file_atomically(file, lines);
}

}  // namespace

training::Outcome train_round(const config::Experiment& experiment, const features::PreparedFeatures& prepared,
                              const runs::RunOptions& options, const fs::path& folder, const std::string& description,
                              double checkpoint_interval_s) {
  make_folder(folder);
  training::TrainerOptions trainer;
  trainer.device = options.device;
  trainer.input_parts = prepared.input_parts;
  trainer.known_classes = prepared.known_classes ? &*prepared.known_classes : nullptr;
  trainer.tail = prepared.tail ? &*prepared.tail : nullptr;
  trainer.fresh_features = fresh_features(experiment, prepared, /*threads=*/1);  // rounds run in parallel
  trainer.checkpoint = folder / "checkpoint.pt";
  trainer.checkpoint_interval_s = checkpoint_interval_s;
  trainer.resume = options.resume && fs::exists(trainer.checkpoint);
  trainer.progress = false;
  trainer.name = description;
  try {
    auto outcome = training::train(training::training_settings(experiment), prepared.train, prepared.validation,
                                   static_cast<std::int64_t>(prepared.data.class_names.size()), trainer);
    write_history(outcome, folder / "metrics.jsonl");
    return outcome;
  } catch (const training::DivergenceError& error) {
    throw RoundFailure(description + ": " + error.what());
  }
}

const training::EpochMetrics& kept_epoch(const config::Experiment& experiment, const training::Outcome& outcome) {
  const bool best = experiment.early_stopping.restore_best && outcome.best_epoch > 0;
  return outcome.history.at(static_cast<std::size_t>(best ? outcome.best_epoch : outcome.epochs_run) - 1);
}

}  // namespace soundfold::protocols
