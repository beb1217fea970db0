// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/experiment.h"

#include <string>

namespace soundfold::config {

/// Checks rules that concern several keys at once. `where` names the file in messages. Throws UsageError.
void check_experiment(const Experiment& experiment, const std::string& where);

}  // namespace soundfold::config
