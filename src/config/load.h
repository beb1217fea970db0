// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/experiment.h"

#include <filesystem>
#include <string>
#include <vector>

namespace soundfold::config {

/// Reads an experiment from YAML: defaults, then the chain of `extends:` (paths relative to the extending file), then
/// the file, then `overrides` ("training.epochs=5", values in YAML). All keys and values are checked before anything is
/// returned. A key that has no effect beside the others (relevance.h) is an error where it was given, in `file` itself
/// or in `overrides`; where it was inherited, or made ineffective by an override, it has its default.
/// So are keys that only the other program reads, and a file that has no others.
/// Throws UsageError naming file, line, key, rule and given value, and the nearest valid key for a typo.
Experiment load_experiment(const std::filesystem::path& file, const std::vector<std::string>& overrides = {},
                           Program program = Program::trainer);

/// The same from text; `name` stands for the file in messages and `extends` starts at `folder`.
Experiment parse_experiment(const std::string& yaml, const std::string& name, const std::filesystem::path& folder = ".",
                            const std::vector<std::string>& overrides = {}, Program program = Program::trainer);

/// The same from text that to_yaml wrote, in a run's folder or a model. It holds every key, so only `overrides` without
/// effect are errors. Throws UsageError when it is of a run of the other program.
Experiment stored_experiment(const std::string& yaml, const std::string& name,
                             const std::vector<std::string>& overrides = {}, Program program = Program::trainer);

}  // namespace soundfold::config
