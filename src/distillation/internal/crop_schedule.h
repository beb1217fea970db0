// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/experiment.h"
#include "distillation/internal/crops.h"
#include "distillation/internal/labelled_crops.h"
#include "engines/backbone.h"

#include <cstdint>
#include <memory>

namespace soundfold::distillation {

/// Which crops are trained on in which epoch, and which are for validation.
class CropSchedule {
 public:
  /// Holds out distillation.validation_share of the sounds (at least one when it is above 0 and there are two), drawn
  /// with the seed. A crop is one patch of `student`.
  CropSchedule(const config::Experiment& experiment, std::shared_ptr<const Sounds> sounds,
               const engines::Backbone& teacher, const frontend::InputRecipe& student, const Labellers& labellers);

  /// The crops of an epoch (from 1); new ones are labelled when they are due. The reference is valid until the next
  /// call.
  const LabelledCrops& training_crops(std::int64_t epoch);
  /// Unaugmented crops of the held-out sounds; none without any.
  const LabelledCrops& validation();

  /// Patches [count, frames * bands] of a pool of their own, augmented like those that are trained on.
  torch::Tensor example_patches(std::int64_t count) const;

  std::size_t training_sounds() const { return training_count_; }
  std::size_t held_out_sounds() const { return held_out_count_; }

 private:
  const config::Distillation settings_;
  const engines::Backbone& teacher_;
  frontend::InputRecipe student_;
  Labellers labellers_;
  std::size_t training_count_ = 0, held_out_count_ = 0;
  std::unique_ptr<Crops> training_crops_, held_out_crops_;
  std::int64_t pool_ = -1;
  LabelledCrops training_, validation_;
};

}  // namespace soundfold::distillation
