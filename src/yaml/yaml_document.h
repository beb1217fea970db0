// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <yaml-cpp/yaml.h>

#include <string>

/// Documents in YAML, and what messages say of them.
namespace soundfold {

/// The map that the text is; an empty text is an empty map. Throws UsageError naming `name`, the line and what is
/// wrong: not YAML (indentation by a tab, which YAML forbids, is named as such), or something else than a map.
YAML::Node yaml_map(const std::string& text, const std::string& name);

/// "a.yaml:3", for messages: where a node of the document called `name` is.
std::string yaml_place(const std::string& name, const YAML::Node& node);

/// The value in one line, shortened: for messages; "nothing" for a missing one.
std::string given_text(const YAML::Node& value);

}  // namespace soundfold
