// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/experiment.h"
#include "device/torch.h"
#include "distillation/internal/crops.h"
#include "distillation/internal/sounds.h"
#include "engines/backbone.h"
#include "ranks/group.h"
#include "weights/weights.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

namespace soundfold::distillation {

/// Results of one epoch, means over crops. Validation is on held-out sounds, with the averaged student when
/// training.ema_decay is above 0; NaN without any.
struct EpochReport {
  std::int64_t epoch = 0;  ///< from 1
  double loss = 0, embedding = 0, score = 0;
  double validation_loss = 0, validation_embedding = 0, validation_score = 0;
  double learning_rate = 0;
  double seconds = 0;
};

struct DistillOptions {
  torch::Device device = torch::kCPU;
  int threads = 1;                   ///< for making crops and the teacher's labels
  std::filesystem::path checkpoint;  ///< saved atomically after every epoch; empty: none
  /// The processes that do this together, all with the same arguments; null: one. Rank 0 reads and writes the
  /// checkpoint.
  ranks::Group* group = nullptr;
  bool resume = false;  ///< resume from `checkpoint`, bit-identical to an uninterrupted run
  std::function<void(const EpochReport&)> on_epoch;  ///< after each epoch (and its checkpoint)
  bool progress = true;
};

/// A trained student and the history of its epochs.
struct DistillationResult {
  weights::Weights weights;  ///< what yamnet::build_module takes
  std::vector<EpochReport> history;
};

/// Throws UsageError for a teacher that cannot have such a student: teacher_frames(), and student.init: teacher with a
/// transformer.
void check_teacher(const config::Experiment& experiment, const weights::Weights& teacher_weights);

/// Trains a student of student_network()'s family to reproduce the teacher's embeddings and scores on crops of
/// `sounds`, for training.epochs epochs of distillation.crops crops. Everything random is seeded by experiment.seed; on
/// one thread (whatever options.threads is: labels do not depend on it) two runs give identical weights. Throws
/// UsageError for channels that do not fit the teacher, DataError for a checkpoint of another training,
/// training::DivergenceError, Interrupted (the checkpoint of the last complete epoch is on disk).
DistillationResult distill(const config::Experiment& experiment, std::shared_ptr<const Sounds> sounds,
                           const engines::Backbone& teacher, const weights::Weights& teacher_weights,
                           const DistillOptions& options);

}  // namespace soundfold::distillation
