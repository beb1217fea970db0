// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device/torch.h"
#include "distillation/internal/crop_schedule.h"
#include "distillation/internal/distillation.h"
#include "distillation/internal/loss.h"
#include "distillation/internal/student.h"
#include "optimization/optimizer.h"
#include "optimization/schedule.h"
#include "training/checkpoint.h"

#include <cstdint>
#include <string>
#include <vector>

namespace soundfold::distillation {

/// A running distillation: its state, and how it is saved to a checkpoint and restored.
class Session {
 public:
  Session(const config::Experiment& experiment, const weights::Weights& teacher_weights, CropSchedule& crop_schedule,
          const DistillOptions& options, training::Fingerprint fingerprint);

  /// Restores the state of a checkpoint. Throws DataError, naming options.checkpoint, when it belongs to something
  /// else.
  void resume(const training::Checkpoint& saved);
  std::int64_t epochs_done() const { return static_cast<std::int64_t>(history_.size()); }
  std::string saved_text() const;  ///< "epochs 1 to 3 are saved"
  bool finished() const { return epochs_done() >= experiment_.training.epochs; }
  /// Trains and validates the next epoch and saves the checkpoint.
  const EpochReport& run_epoch();
  DistillationResult result() const;

 private:
  void train_epoch(const LabelledCrops& crops, EpochReport& report);
  torch::Tensor train_batch(const LabelledCrops& crops, const torch::Tensor& rows);
  void evaluate(EpochReport& report);
  torch::Tensor own_rows(const torch::Tensor& rows) const;
  void sum_over_ranks(const torch::Tensor& sums) const;
  void agree();
  Distance distance_on(Student& student, const LabelledCrops& crops, const torch::Tensor& rows) const;
  void stop_if_interrupted(std::int64_t epoch) const;
  Student evaluated() const { return average_ ? average_ : student_; }
  training::Checkpoint checkpoint() const;

  const config::Experiment& experiment_;
  CropSchedule& crop_schedule_;
  const DistillOptions& options_;
  training::Fingerprint fingerprint_;
  StudentStart start_;
  Student student_, average_{nullptr};
  optimization::Optimizer optimizer_;
  optimization::Schedule schedule_;
  std::vector<EpochReport> history_;
};

}  // namespace soundfold::distillation
