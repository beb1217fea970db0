// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "distillation/distillation.h"
#include "distillation/lesson_plan.h"
#include "distillation/loss.h"
#include "distillation/student.h"
#include "support/torch.h"
#include "training/checkpoint.h"
#include "training/optimizer.h"
#include "training/schedule.h"

#include <cstdint>
#include <vector>

namespace soundfold::distillation {

/// One distillation under way: everything that changes from epoch to epoch, and its way into a checkpoint and back.
class Session {
 public:
  Session(const config::Experiment& experiment, const yamnet::Weights& teacher_weights, LessonPlan& plan,
          const DistillOptions& options, training::Fingerprint fingerprint);

  /// Takes up the state of options.checkpoint. Throws DataError when it is damaged or belongs to something else.
  void resume();
  std::int64_t epochs_done() const { return static_cast<std::int64_t>(history_.size()); }
  bool finished() const { return epochs_done() >= experiment_.training.epochs; }
  /// Learns from and measures the next epoch and saves the checkpoint.
  const EpochReport& run_epoch();
  Taught taught() const;

 private:
  void learn(const Lessons& lessons, EpochReport& report);
  torch::Tensor learn_batch(const Lessons& lessons, const torch::Tensor& rows);
  void measure(EpochReport& report);
  Distance distance_on(Student& student, const Lessons& lessons, const torch::Tensor& rows) const;
  void stop_if_asked(std::int64_t epoch) const;
  Student evaluated() const { return average_ ? average_ : student_; }
  training::Checkpoint checkpoint() const;

  const config::Experiment& experiment_;
  LessonPlan& plan_;
  const DistillOptions& options_;
  training::Fingerprint fingerprint_;
  StudentStart start_;
  Student student_, average_{nullptr};
  training::Optimizer optimizer_;
  training::Schedule schedule_;
  std::vector<EpochReport> history_;
};

}  // namespace soundfold::distillation
