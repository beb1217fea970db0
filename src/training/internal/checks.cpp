// SPDX-License-Identifier: Apache-2.0
#include "training/internal/checks.h"

#include "head_spec/choices.h"
#include "support/errors.h"
#include "support/logging.h"
#include "text/text.h"

#include <algorithm>

namespace soundfold::training {
namespace {

constexpr std::int64_t kCheckedAtATime = 4096;

void check_sizes(const heads::FeatureSet& set, const std::string& split, std::int64_t class_count) {
  const auto frames = set.frame_count();
  if (set.first_frame.numel() != set.clip_count() + 1 || set.clip_of_frame.numel() != frames ||
      set.targets.size(0) != set.clip_count()) {
    throw UsageError(split + " data: tensors of clips and windows do not fit together");
  }
  const auto counts = set.first_frame.diff();
  if (const auto empty = torch::nonzero(counts < 1); empty.size(0) > 0) {
    throw DataError("clip '" + set.clip_ids[static_cast<std::size_t>(empty[0][0].item<std::int64_t>())] +
                    "' has no windows; leave it out");
  }
  const bool fits = set.multi_label ? set.targets.dim() == 2 && set.targets.size(1) == class_count
                                    : set.targets.min().item<std::int64_t>() >= 0 &&
                                          set.targets.max().item<std::int64_t>() < class_count;
  if (!fits) throw UsageError(split + " data: targets are not among the " + std::to_string(class_count) + " classes");
}

void check_finite(const heads::FeatureSet& set, const std::string& split) {
  std::int64_t frame = 0, bad_count = 0;
  set.for_each_run(kCheckedAtATime, kCheckedAtATime, [&](const heads::ClipRun& run) {
    // The sum is finite whenever all values are (they are far below float's range); only look closer when it is not.
    if (run.frames.sum(torch::kFloat64).isfinite().item<bool>()) return;
    const auto bad = torch::nonzero(run.frames.isfinite().all(1).logical_not()).to(torch::kCPU);
    if (bad_count == 0) frame = run.first_frame + bad[0][0].item<std::int64_t>();
    bad_count += bad.size(0);
  });
  if (bad_count == 0) return;
  const auto clip = set.clip_of_frame[frame].item<std::int64_t>();
  const auto within = frame - set.first_frame[clip].item<std::int64_t>();
  throw DataError(split + " clip '" + set.clip_ids[static_cast<std::size_t>(clip)] + "', window " +
                  std::to_string(within) + ": values that are not finite numbers (" + std::to_string(bad_count) +
                  " such windows in all); extract its embeddings again or leave it out");
}

void check_classes(const heads::FeatureSet& train, std::int64_t class_count) {
  if (class_count < 2 && !train.multi_label) {
    throw UsageError("training needs at least two classes; data.classes leaves " + std::to_string(class_count));
  }
  const auto of_class = train.multi_label ? train.targets.sum(0) : train.targets.bincount({}, class_count);
  const auto present = of_class.gt(0).sum().item<std::int64_t>();
  if (present < 2 && !train.multi_label) {
    throw UsageError("all " + std::to_string(train.clip_count()) + " training clips are of one class (number " +
                     std::to_string(train.targets[0].item<std::int64_t>()) +
                     "); training needs at least two: check folds.train and data.classes");
  }
  if (present < class_count) {
    logger().warn("{} of {} classes have no training clip; the head cannot learn them", class_count - present,
                  class_count);
  }
}

void check_monitor(const Settings& settings, const heads::FeatureSet& validation) {
  const auto& stopping = settings.early_stopping;
  const bool used = stopping.enabled || settings.schedule.type == config::ScheduleType::reduce_on_plateau;
  if (used && stopping.watches_validation() && validation.empty()) {
    throw UsageError("early_stopping.monitor: '" + name_of(stopping.monitor) +
                     "' needs validation data and there are none; name a fold in folds.validation, give a share with "
                     "folds.validation_fraction where the data have no folds, or monitor loss");
  }
}

void check_batch_norm(const Settings& settings, const heads::FeatureSet& train) {
  if (settings.head.normalization != config::Normalization::batch) return;
  const bool pools_clips = head_spec::properties_of(settings.head.pooling).pools_clips;
  const auto samples = pools_clips ? train.clip_count() : train.frame_count();
  if (settings.training.batch_size >= 2 && samples >= 2) return;
  throw UsageError("head.normalization: batch needs at least 2 samples in a batch (training.batch_size is " +
                   std::to_string(settings.training.batch_size) + ", the training data have " +
                   std::to_string(samples) + "); use layer");
}

/// Streamed windows are in memory for one batch at a time.
void check_batch_fits(const Settings& settings, const heads::FeatureSet& train) {
  if (!train.is_streamed()) return;
  const bool pools_clips = head_spec::properties_of(settings.head.pooling).pools_clips;
  const auto windows = pools_clips ? train.first_frame.diff().max().item<std::int64_t>() : 1;
  const auto size = std::min(settings.training.batch_size, pools_clips ? train.clip_count() : train.frame_count());
  const auto bytes = static_cast<std::uint64_t>(size * windows * train.width()) * sizeof(float);
  if (bytes <= train.streamed.most_bytes) return;
  const auto mb = [](std::uint64_t number) { return fixed(static_cast<double>(number) / (1 << 20), 3) + " MB"; };
  throw UsageError("run.feature_memory_mb: one batch of " + std::to_string(settings.training.batch_size) +
                   (pools_clips ? " clips" : " windows") + " may take " + mb(bytes) + ", and " +
                   mb(train.streamed.most_bytes) + " are allowed; raise it, or lower training.batch_size");
}

}  // namespace

void check_training(const Settings& settings, const heads::FeatureSet& train, const heads::FeatureSet& validation,
                    std::int64_t class_count) {
  if (train.empty()) throw UsageError("there are no training clips; check folds.train and data.classes");
  if (train.clip_count() == 1) throw UsageError("there is only one training clip ('" + train.clip_ids[0] + "')");
  check_sizes(train, "training", class_count);
  check_classes(train, class_count);
  check_monitor(settings, validation);
  check_batch_norm(settings, train);
  check_batch_fits(settings, train);
  check_finite(train, "training");
  if (validation.empty()) return;
  check_sizes(validation, "validation", class_count);
  check_finite(validation, "validation");
  if (validation.width() != train.width() || validation.multi_label != train.multi_label) {
    throw UsageError("training and validation data are of different kinds");
  }
}

}  // namespace soundfold::training
