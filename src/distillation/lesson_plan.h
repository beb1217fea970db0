// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/experiment.h"
#include "distillation/crops.h"
#include "distillation/lessons.h"
#include "yamnet/backbone.h"

#include <cstdint>
#include <memory>

namespace soundfold::distillation {

/// Which crops are learnt from in which epoch, and which are only measured.
class LessonPlan {
 public:
  /// Keeps distillation.validation_share of the sounds (at least one when it is above 0 and there are two) aside, drawn
  /// by the seed.
  LessonPlan(const config::Experiment& experiment, std::shared_ptr<const Sounds> sounds,
             const yamnet::Backbone& teacher, int threads);

  /// The crops of an epoch (from 1), labelled anew when it is time. The reference holds until the next call.
  const Lessons& of_epoch(std::int64_t epoch);
  /// Crops of the sounds kept aside, as they are; none without any.
  const Lessons& validation();

  /// Patches [count, 96 * 64] of a pool of their own, changed as those that are learnt from.
  torch::Tensor examples(std::int64_t count) const;

  std::size_t learnt_sounds() const { return learnt_count_; }
  std::size_t kept_sounds() const { return kept_count_; }

 private:
  const config::Distillation settings_;
  const yamnet::Backbone& teacher_;
  int threads_;
  std::size_t learnt_count_ = 0, kept_count_ = 0;
  std::unique_ptr<Crops> learnt_, kept_;
  std::int64_t pool_ = -1;
  Lessons lessons_, validation_;
};

}  // namespace soundfold::distillation
