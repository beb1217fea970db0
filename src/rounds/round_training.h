// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "features/prepare.h"
#include "runs/run_options.h"
#include "support/errors.h"
#include "training/trainer.h"

#include <filesystem>
#include <string>

namespace soundfold::rounds {

/// A training that was ended by divergence, with what was being trained.
struct RoundFailure : DataError {
  using DataError::DataError;
};

/// Trains on `prepared` into `folder`: checkpoint.pt while unfinished, and at the end metrics.jsonl with the whole
/// history, as a run that was killed and resumed may have missed or repeated a line. When options.resume and there is a
/// checkpoint, resumes from it, bit-identical to an uninterrupted training. Fresh features are computed on `threads`
/// threads. `trainer` says what is left: on_epoch, progress, name, checkpoint_interval_s. Throws as training::train
/// does.
training::Outcome train_in_folder(const config::Experiment& experiment, const features::PreparedFeatures& prepared,
                                  const runs::RunOptions& options, const std::filesystem::path& folder, int threads,
                                  training::TrainerOptions trainer);

/// Trains on `prepared` as one of many: into `folder` (made when missing) go metrics.jsonl and, while unfinished,
/// checkpoint.pt. When options.resume and there is a checkpoint, resumes from it, bit-identical to an uninterrupted
/// training. `description` ("seed 1, test fold 3") precedes the text of a DivergenceError, which becomes a
/// RoundFailure. Checkpoints younger than `checkpoint_interval_s` seconds stay as they are: a round takes seconds, and
/// writing its whole state after every epoch would take as long again. `threads` are those of fresh features.
training::Outcome train_round(const config::Experiment& experiment, const features::PreparedFeatures& prepared,
                              const runs::RunOptions& options, const std::filesystem::path& folder,
                              const std::string& description, double checkpoint_interval_s = 5, int threads = 1);

/// The metrics of the epoch whose weights were kept: the best with restore_best, else the last.
const training::EpochMetrics& kept_epoch(const config::Experiment& experiment, const training::Outcome& outcome);

}  // namespace soundfold::rounds
