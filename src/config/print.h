// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/experiment.h"

#include <string>
#include <vector>

namespace soundfold::config {

/// The resolved configuration as YAML: every key that its program reads, and the sweep; parse_experiment reads it back.
std::string to_yaml(const Experiment& experiment);

/// The options that a program reads (key, type, default, unit, allowed, meaning): plain text, and Markdown for docs/.
std::string options_help(Program program);

std::string options_markdown(Program program);

/// For shells: "KEY=VALUE" for each value of the options of a program that have a fixed list of them, "KEY=" for the
/// others, in the order of the documentation.
std::vector<std::string> completion_words(Program program);

}  // namespace soundfold::config
