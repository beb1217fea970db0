// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device/torch.h"
#include "finetuning/dealt_tail.h"
#include "heads/head_state.h"
#include "optimization/optimizer.h"
#include "optimization/schedule.h"
#include "training/checkpoint.h"
#include "training/internal/batches.h"
#include "training/internal/mixup.h"
#include "training/internal/objective.h"
#include "training/network.h"
#include "training/trainer.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace soundfold::training {

/// One training under way: everything that changes from epoch to epoch, and its way into a checkpoint and back. The
/// data are on options.device; they, the settings and the options outlive the session.
class Session {
 public:
  Session(const Settings& settings, const heads::FeatureSet& train, const heads::FeatureSet& validation,
          std::int64_t class_count, const TrainerOptions& options, Fingerprint fingerprint);

  /// Restores the state of a checkpoint. Throws DataError, naming options.checkpoint, when it belongs to something
  /// else.
  void resume(const Checkpoint& saved);

  std::int64_t epochs_done() const { return epochs_done_; }
  /// "epochs 1 to 3 are saved".
  std::string saved_text() const;
  bool finished() const { return epochs_done_ >= settings_.training.epochs || stopping_.should_stop(); }

  /// Trains and validates the next epoch and, when a checkpoint is wanted, saves it.
  const EpochMetrics& run_epoch();

  Outcome outcome();

 private:
  struct EpochDraws;
  struct BatchResult {
    torch::Tensor loss, logits, targets;
  };
  void set_backbone_rates();
  void refresh_features(std::int64_t epoch);
  void train_epoch(EpochMetrics& metrics);
  BatchResult train_batch(std::int64_t batch, EpochDraws& draws);
  void stop_if_interrupted(std::int64_t epoch) const;
  void sum_up(const std::vector<BatchResult>& results, EpochMetrics& metrics);
  void check_weights(const EpochMetrics& metrics) const;
  void validate(EpochMetrics& metrics);
  /// Ranks go on with rank 0's numbers: other processors round the last bits in another way, which would add up.
  void agree(EpochMetrics& metrics);
  void judge(EpochMetrics& metrics);
  void save_if_due();
  Network& evaluated() { return average_.head ? average_ : network_; }
  Checkpoint checkpoint();
  torch::Tensor progress_numbers() const;
  void restore_progress(const torch::Tensor& numbers);

  const Settings& settings_;
  heads::FeatureSet
      current_train_;  ///< the training set, with the features that options_.fresh_features gives for the epoch
  const heads::FeatureSet& validation_;
  const TrainerOptions& options_;
  Fingerprint fingerprint_;
  std::int64_t class_count_;
  Network network_;
  Network average_;  ///< the moving average, when there is one: what is evaluated and kept
  finetuning::DealtTail tail_;
  Batches batches_;
  Objective objective_;
  torch::Tensor class_weights_;  ///< undefined: none
  optimization::Optimizer optimizer_;
  optimization::Schedule schedule_;
  optimization::EarlyStopping stopping_;
  heads::NamedTensors best_;  ///< empty before the first epoch
  std::vector<EpochMetrics> history_;
  std::int64_t epochs_done_ = 0;
  std::int64_t epochs_saved_ = 0;
  std::chrono::steady_clock::time_point last_saved_ = std::chrono::steady_clock::now();
};

}  // namespace soundfold::training
