// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/experiment.h"

#include <string>

namespace soundfold::features {

/// The settings that features are made from, with every other key at its default. prepare_features reads the
/// configuration through this function only, so two experiments whose feature settings are equal have equal features. A
/// setting that preparation is to read must be copied here first: until then it has its default in every run.
config::Experiment feature_settings(const config::Experiment& experiment);

/// The feature settings as text: equal for experiments that can share their features.
std::string features_key(const config::Experiment& experiment);

}  // namespace soundfold::features
