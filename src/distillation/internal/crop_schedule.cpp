// SPDX-License-Identifier: Apache-2.0
#include "distillation/internal/crop_schedule.h"

#include "support/errors.h"
#include "support/random.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace soundfold::distillation {
namespace {

/// Crops that are not augmented.
CropOptions plain_crops(const config::Experiment& experiment, const frontend::InputRecipe& student) {
  CropOptions options;
  options.seed = static_cast<std::uint64_t>(experiment.seed);
  options.samples = student.patch_window_samples();
  return options;
}

CropOptions augmented_crops(const config::Experiment& experiment, const frontend::InputRecipe& student) {
  const auto& given = experiment.distillation;
  CropOptions options = plain_crops(experiment, student);
  options.gain_db = given.gain_db;
  options.mix_share = given.mix_share;
  options.noise_share = given.noise_share;
  options.speed_percent = given.speed_percent;
  return options;
}

/// 0 to count - 1 in a drawn order (Fisher and Yates).
std::vector<std::size_t> shuffled_indices(std::size_t count, std::uint64_t seed) {
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  auto draws = Random(seed).child("sounds kept aside");
  for (std::size_t i = count; i > 1; --i) {
    std::swap(order[i - 1], order[static_cast<std::size_t>(draws.integer(0, static_cast<int>(i) - 1))]);
  }
  return order;
}

}  // namespace

CropSchedule::CropSchedule(const config::Experiment& experiment, std::shared_ptr<const Sounds> sounds,
                           const engines::Backbone& teacher, const frontend::InputRecipe& student,
                           const Labellers& labellers)
    : settings_(experiment.distillation), teacher_(teacher), student_(student), labellers_(labellers) {
  if (sounds->sample_rate_hz != teacher.input().sample_rate_hz) {
    throw UsageError("crops: the sounds have " + std::to_string(sounds->sample_rate_hz) + " Hz, the teacher takes " +
                     std::to_string(teacher.input().sample_rate_hz));
  }
  auto order = shuffled_indices(sounds->waveforms.size(), static_cast<std::uint64_t>(experiment.seed));
  const auto share = settings_.validation_share * static_cast<double>(order.size());
  if (share > 0 && order.size() > 1)
    held_out_count_ = std::max<std::size_t>(1, static_cast<std::size_t>(std::lround(share)));
  training_count_ = order.size() - held_out_count_;
  const auto middle = order.begin() + static_cast<std::ptrdiff_t>(held_out_count_);
  if (held_out_count_ > 0) {
    held_out_crops_ = std::make_unique<Crops>(sounds, std::vector<std::size_t>(order.begin(), middle),
                                              plain_crops(experiment, student));
  }
  training_crops_ = std::make_unique<Crops>(sounds, std::vector<std::size_t>(middle, order.end()),
                                            augmented_crops(experiment, student));
}

const LabelledCrops& CropSchedule::training_crops(std::int64_t epoch) {
  const auto wanted = settings_.new_crops_after == 0 ? 0 : (epoch - 1) / settings_.new_crops_after;
  if (wanted == pool_) return training_;
  training_ = {};  // before the next ones are made: a pool may take a gigabyte
  pool_ = -1;
  training_ = label_crops(*training_crops_, "pool " + std::to_string(wanted), settings_.crops, teacher_, student_,
                          labellers_, "labelling");
  pool_ = wanted;
  return training_;
}

torch::Tensor CropSchedule::example_patches(std::int64_t count) const {
  return label_crops(*training_crops_, "examples", count, teacher_, student_, labellers_, "labelling examples").patches;
}

const LabelledCrops& CropSchedule::validation() {
  if (held_out_crops_ && validation_.count() == 0) {
    validation_ = label_crops(*held_out_crops_, "validation", settings_.validation_crops, teacher_, student_,
                              labellers_, "labelling for validation");
  }
  return validation_;
}

}  // namespace soundfold::distillation
