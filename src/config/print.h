// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/experiment.h"

#include <string>

namespace soundfold::config {

/// The resolved configuration as YAML: every key that its program reads, and the sweep; parse_experiment reads it back.
std::string to_yaml(const Experiment& experiment);

/// The options that a program reads (key, type, default, unit, allowed, meaning): plain text, and Markdown for docs/.
std::string options_help(Program program);

std::string options_markdown(Program program);

}  // namespace soundfold::config
