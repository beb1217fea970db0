// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/choices.h"

#include <string>
#include <vector>

/// The options of the configuration as programs and docs/ list and explain them.
namespace soundfold::reference {

/// The options that a program reads (key, default, meaning, type, unit), common ones first, the others by topic: as
/// plain text, and as Markdown with a table for each topic.
std::string options_help(config::Program program);
std::string options_markdown(config::Program program);

/// One option with its meaning, type, unit, allowed values, default, what it needs to have an effect, and an example of
/// YAML and of --set. `key` may be shortened: of the beginning of several keys ("head"), or the end of several
/// ("learning_rate"), those are listed. Throws UsageError for a key that the program does not have, naming the nearest.
std::string explanation(config::Program program, const std::string& key);

/// For shells: "KEY=VALUE" for each value of the options of a program that have a fixed list of them, "KEY=" for the
/// others, in the order of the documentation.
std::vector<std::string> completion_words(config::Program program);

}  // namespace soundfold::reference
