// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "settings/option.h"
#include "settings/setting.h"

#include <filesystem>
#include <string>

namespace soundfold::settings {

/// Reads the text of a configuration file. Throws UsageError when it cannot be read or is larger than 1 MB.
std::string read_settings_file(const std::filesystem::path& file);

/// The settings of the YAML text `yaml`, over those of the chain of files it `extends:` (paths relative to the
/// extending file; its own start at `folder`). `name` stands for the file in messages. Throws UsageError naming file
/// and line for text that is no YAML map, a key given twice, one that is no plain string, maps nested too deeply, more
/// than 10,000 keys (aliases let a small file expand to any number), and a chain of files that is a cycle or has one
/// missing.
Settings read_settings(const std::string& yaml, const std::string& name, const std::filesystem::path& folder,
                       const KeyRules& rules);

/// Adds what --set gives, as "key=value" with the value in YAML. Throws UsageError when it is not of this form.
void add_override(const std::string& text, const KeyRules& rules, Settings& settings);

}  // namespace soundfold::settings
