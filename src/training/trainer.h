// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device/torch.h"
#include "finetuning/network_tail.h"
#include "heads/feature_set.h"
#include "heads/head.h"
#include "ranks/group.h"
#include "training/epoch_metrics.h"
#include "training/settings.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace soundfold::training {

/// Training stopped because the loss or a weight became NaN or infinite, or the loss exploded (above 1e6). `batch`
/// counts from 1. The checkpoint is that of the last good epoch, with the best state so far.
struct DivergenceError : std::runtime_error {
  DivergenceError(std::int64_t epoch, std::int64_t batch, double loss);
  std::int64_t epoch, batch;
  double loss;
};

/// How training ended.
struct Outcome {
  heads::Head head{nullptr};              ///< the best state when restore_best, else the last; in eval mode, on the CPU
  finetuning::NetworkTail tail{nullptr};  ///< the trained blocks of the backbone, of the same state; null: frozen
  std::int64_t epochs_run = 0;            ///< in total, resumed ones included
  std::int64_t best_epoch = 0;
  bool stopped_early = false;
  std::optional<double> known_class_weight;  ///< of the classes that the backbone knows; nothing: it knows none
  std::vector<EpochMetrics> history;
};

struct TrainerOptions {
  torch::Device device = torch::kCPU;
  std::filesystem::path checkpoint;       ///< saved atomically after every epoch; empty: none
  double checkpoint_interval_s = 0;       ///< skip saving while the last one (or the start) is younger than this
  std::vector<std::int64_t> input_parts;  ///< sizes of the parts of a window (head.h); empty: one part
  const heads::KnownClasses* known_classes = nullptr;  ///< what the backbone knows of the classes; null: nothing
  /// Where the trained part of the backbone starts; null: it is frozen. Windows are then maps at that cut.
  const finetuning::TailStart* tail = nullptr;
  /// The features of `train` for epoch number `epoch` (from 1): [F, D] float32 on the CPU, window for
  /// window. The same for the same epoch at every call. Null: every epoch uses train.features.
  std::function<torch::Tensor(std::int64_t epoch)> fresh_features;
  /// The processes that train this together, all with the same arguments; null: one does. Needs `tail`, whose work they
  /// share; a head alone costs less than the messages would. Rank 0 reads and writes the checkpoint for all.
  ranks::Group* group = nullptr;
  bool resume = false;  ///< resume from `checkpoint`, bit-identical to an uninterrupted run; start when it is missing
  std::function<void(const EpochMetrics&)> on_epoch;  ///< after each epoch (and its checkpoint)
  bool progress = true;                               ///< a bar on a terminal, one log line per epoch otherwise
  std::string name;  ///< of this training among several, for log lines: "seed 1, test fold 3"
};

/// Trains a head on `train`. Everything random comes from generators seeded by settings.seed: weights, shuffling each
/// epoch, dropout, mixup, noise; with one thread two runs give identical weights.
/// Throws UsageError (impossible settings for these data), DataError (a checkpoint that does not belong to this
/// configuration), DivergenceError, Interrupted (after saving the checkpoint of the last whole epoch), ranks::RankLost.
Outcome train(const Settings& settings, const heads::FeatureSet& train, const heads::FeatureSet& validation,
              std::int64_t class_count, const TrainerOptions& options);

}  // namespace soundfold::training
