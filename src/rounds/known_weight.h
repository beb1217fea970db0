// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/experiment.h"
#include "dataset/dataset.h"
#include "evaluation/metrics.h"
#include "features/prepare.h"
#include "training/trainer.h"

#include <cstdint>
#include <map>
#include <string>
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

/// The fold, from 1, of each of the clips `trained_ids` by its id; 0 for clips that are always trained on. The clips
/// are split into kInnerFolds folds, recordings kept together, so that each class is in every fold. A recording with a
/// class of fewer recordings than folds is always trained on, with all of its clips; it does not count for its other
/// classes. When no such split is found, or it has fewer than half of the classes, one fold less is tried, down to 2.
/// Empty: none is found with 2.
std::map<std::string, int> inner_folds(const dataset::Dataset& data, const std::vector<std::string>& trained_ids,
                                       std::uint64_t seed);

/// The weight of kKnownWeights whose clip logits, trained + weight * known, have the least mean loss, each at its own
/// best temperature (evaluation::fit_temperature, or the better end of its range): label smoothing and dropout make the
/// trained logits too small, and the weight would otherwise make up for it. Of equal ones the least. Throws UsageError
/// for no clips.
double best_known_weight(const HeldOutClips& clips);

/// head.known_class_weight: auto as a number. For each of inner_folds a head is trained on the clips of the others, as
/// configured, with the fold as its validation clips; the weight is the best_known_weight of all clips by the heads
/// that were not trained on them. Without such folds the weight is 1, with a line that says so. `trainer` has the
/// backbone's part and the name for log lines. Throws as training::train does.
double fit_known_weight(const config::Experiment& experiment, const features::PreparedFeatures& prepared,
                        const training::TrainerOptions& trainer);

}  // namespace soundfold::rounds
