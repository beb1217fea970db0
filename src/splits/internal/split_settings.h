// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/experiment.h"
#include "dataset/dataset.h"

#include <string>
#include <vector>

namespace soundfold::splits {

/// Keys of folds.* that were given other values than their defaults and have no effect on these data, which depends on
/// the data: whether they have folds, or come split. One line each, for a warning. None for a cross-validation.
std::vector<std::string> idle_split_settings(const config::Experiment& experiment, const dataset::Dataset& data);

}  // namespace soundfold::splits
