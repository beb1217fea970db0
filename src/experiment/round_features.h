// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "experiment/prepare.h"
#include "experiment/rounds.h"

namespace soundfold::experiment {

/// The clips of a set for which `wanted` (one entry per clip) holds, in their order, with all their frames. Frame
/// weights are divided by their new mean.
training::FeatureSet select_clips(const training::FeatureSet& set, const std::vector<bool>& wanted);

/// What one round trains on, validates and tests with, out of features that were prepared once for all rounds:
/// `all.train` holds everything that may be trained on (variants of a clip carry its id), `all.recorded_train` the
/// clips as they are evaluated. The same clips, splits and order as a fixed run on these folds. Its test set alone:
/// round_test.
PreparedFeatures round_features(const PreparedFeatures& all, const Round& round);
training::FeatureSet round_test(const PreparedFeatures& all, const Round& round);

}  // namespace soundfold::experiment
