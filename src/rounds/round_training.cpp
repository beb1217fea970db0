// SPDX-License-Identifier: Apache-2.0
#include "rounds/round_training.h"

#include "features/fresh_features.h"
#include "ranks/group.h"
#include "rounds/known_weight.h"
#include "runs/result.h"
#include "runs/tensorboard_log.h"
#include "support/errors.h"
#include "support/files.h"

#include <optional>

namespace soundfold::rounds {
namespace fs = std::filesystem;

training::Outcome train_in_folder(const config::Experiment& experiment, const features::PreparedFeatures& prepared,
                                  const runs::RunOptions& options, const fs::path& folder, int threads,
                                  training::TrainerOptions trainer) {
  const auto& backbone = prepared.origin->backbone;
  trainer.device = options.device;
  trainer.input_parts = backbone.input_parts;
  trainer.known_classes = backbone.known_classes ? &*backbone.known_classes : nullptr;
  trainer.tail = backbone.tail ? &*backbone.tail : nullptr;
  trainer.fresh_features = features::fresh_features(experiment, prepared, threads);
  trainer.checkpoint = folder / "checkpoint.pt";
  if (trainer.tail != nullptr) trainer.group = options.group;
  const bool writes = ranks::is_first(trainer.group);
  trainer.resume = options.resume && (trainer.group != nullptr || fs::exists(trainer.checkpoint));
  std::optional<runs::TensorboardLog> events;
  if (writes) events.emplace(experiment, folder);
  trainer.on_epoch = [&, first = std::move(trainer.on_epoch),
                      name = trainer.name](const training::EpochMetrics& metrics) {
    if (first) first(metrics);
    if (events) events->epoch(runs::epoch_json(metrics));
    if (options.on_epoch) options.on_epoch(name, metrics);
  };
  auto settings = training::training_settings(experiment);
  if (trainer.known_classes != nullptr && !settings.head.known_class_weight) {
    settings.head.known_class_weight = fit_known_weight(experiment, prepared, trainer);
  }
  auto outcome = training::train(settings, prepared.sets.train, prepared.sets.validation,
                                 static_cast<std::int64_t>(prepared.data.dataset->class_names.size()), trainer);
  if (!writes) return outcome;
  std::string lines;
  for (const auto& epoch : outcome.history) lines += runs::epoch_json(epoch).dump() + "\n";
  write_file_atomically(folder / "metrics.jsonl", lines);
  return outcome;
}

training::Outcome train_round(const config::Experiment& experiment, const features::PreparedFeatures& prepared,
                              const runs::RunOptions& options, const fs::path& folder, const std::string& description,
                              double checkpoint_interval_s, int threads) {
  make_folder(folder);
  training::TrainerOptions trainer;
  trainer.checkpoint_interval_s = checkpoint_interval_s;
  trainer.progress = false;
  trainer.name = description;
  try {
    return train_in_folder(experiment, prepared, options, folder, threads, trainer);
  } catch (const training::DivergenceError& error) {
    throw RoundFailure(description + ": " + error.what());
  }
}

const training::EpochMetrics& kept_epoch(const config::Experiment& experiment, const training::Outcome& outcome) {
  const bool best = experiment.early_stopping.restore_best && outcome.best_epoch > 0;
  return outcome.history.at(static_cast<std::size_t>(best ? outcome.best_epoch : outcome.epochs_run) - 1);
}

}  // namespace soundfold::rounds
