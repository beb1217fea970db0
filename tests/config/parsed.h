// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/load.h"

#include <string>
#include <vector>

namespace soundfold::testing {

/// The experiment of a YAML text.
inline config::Experiment parse(const std::string& yaml, const std::vector<std::string>& overrides = {},
                                config::Program program = config::Program::trainer) {
  return config::parse_experiment(yaml, "a.yaml", ".", overrides, program);
}

}  // namespace soundfold::testing
