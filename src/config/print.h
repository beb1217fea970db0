// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/experiment.h"

#include <string>
#include <vector>

namespace soundfold::config {

/// The resolved configuration as YAML: every key that its program reads, and the sweep; parse_experiment reads it back.
std::string to_yaml(const Experiment& experiment);

}  // namespace soundfold::config
