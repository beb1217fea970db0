// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "heads/feature_set.h"
#include "training/settings.h"

#include <cstdint>

namespace soundfold::training {

/// Whether these data can be trained on with these settings. Throws UsageError when they do not fit together (no
/// training clips, one clip, one class, a monitored validation value without validation data, batch normalisation with
/// batches of one) and DataError for values that are not finite, naming the clip.
void check_training(const Settings& settings, const heads::FeatureSet& train, const heads::FeatureSet& validation,
                    std::int64_t class_count);

}  // namespace soundfold::training
