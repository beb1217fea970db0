// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/experiment.h"

#include <string>

namespace soundfold::own_data {

/// Embeds the clips of an experiment's data, looks for what may be wrong with them and prints it, as text or JSON.
/// Writes it to `page` where that is not empty. Trains nothing. Returns the exit code.
int audit_data(const config::Experiment& experiment, const std::string& page, bool json);

}  // namespace soundfold::own_data
