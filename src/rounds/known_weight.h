// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/experiment.h"
#include "evaluation/metrics.h"
#include "features/prepare.h"
#include "training/trainer.h"

#include <vector>

namespace soundfold::rounds {

/// The weights that head.known_class_weight: auto chooses from, ascending.
inline constexpr double kKnownWeights[] = {0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 2.5, 3};

/// Folds within the training clips that the weight is fitted by.
inline constexpr int kInnerFolds = 3;

/// Clips that a head was not trained on: its logits with their labels, and the known classes' logits with weight 1.
struct HeldOutClips {
  evaluation::Predictions trained;
  std::vector<float> known;  ///< [C, K], as trained.logits
};

/// The weight of kKnownWeights whose clip logits, trained + weight * known, have the least mean loss, each at its own
/// best temperature: label smoothing and dropout make the trained logits too small, and weight would otherwise make up
/// for it. Of equal ones the least. Throws UsageError for no clips.
double best_known_weight(const HeldOutClips& clips);

/// head.known_class_weight: auto as a number. The training clips are split into kInnerFolds folds, recordings kept
/// together; for each a head is trained on the others, as configured, with the fold as its validation clips; the weight
/// is the best_known_weight of all clips by the heads that did not see them. `trainer` has the backbone's part. Clips
/// of classes with fewer recordings are always trained on; when that is so for most classes even with 2 folds, the
/// weight is 1, with a line that says so. Throws as training::train does.
double fit_known_weight(const config::Experiment& experiment, const features::PreparedFeatures& prepared,
                        const training::TrainerOptions& trainer);

}  // namespace soundfold::rounds
