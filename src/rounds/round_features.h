// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "features/prepare.h"
#include "splits/rounds.h"

namespace soundfold::rounds {

/// What one round trains on, validates and tests with, out of features that were prepared once for all rounds:
/// `all.sets.train` holds everything that may be trained on (variants of a clip carry its id), its `recorded_train`
/// the clips as they are evaluated. The same clips, splits and order as a fixed run on these folds. Its test set alone:
/// round_test.
features::PreparedFeatures round_features(const features::PreparedFeatures& all, const splits::Round& round);
heads::FeatureSet round_test(const features::PreparedFeatures& all, const splits::Round& round);

}  // namespace soundfold::rounds
