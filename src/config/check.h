// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/experiment.h"

#include <functional>
#include <string>

namespace soundfold::config {

/// Where the keys that a message names were set: "a.yaml:3 and --set seed=1".
using WhereOf = std::function<std::string(const std::string& message)>;

/// Checks rules that concern several keys at once; those of one key are in options.h. Throws UsageError, its message
/// after `where_of` it. Rooms that take options rely on both.
void check_experiment(const Experiment& experiment, const WhereOf& where_of);

}  // namespace soundfold::config
