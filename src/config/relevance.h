// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/experiment.h"

#include <string>

/// Which options act, given the others.
namespace soundfold::config {

/// True when the program has any use for the option.
bool reads(Program program, const std::string& key);

/// What the option would need to have any effect in this experiment, e.g. "objective.type: focal"; empty when it acts,
/// or when it depends on the data (splits/internal/split_settings.h).
std::string missing_for(const std::string& key, const Experiment& experiment);

/// True when there is a rule for the option itself, not only for its group.
bool has_condition(const std::string& key);

}  // namespace soundfold::config
