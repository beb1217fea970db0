// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <yaml-cpp/yaml.h>

#include <map>
#include <string>

namespace soundfold::settings {

enum class Origin {
  inherited,    ///< from a file that the configuration extends
  file,         ///< from the configuration itself
  command_line  ///< by --set
};

/// A value with the place it was written at, for messages.
struct Setting {
  YAML::Node value;
  std::string where;  ///< "configs/dogcat.yaml:12" or "--set seed=x"
  std::string file;   ///< "configs/dogcat.yaml": for places within the value
  Origin origin = Origin::file;
  std::string old_key = "";  ///< the name it was written under, where that is one of former versions
};

/// By key; a later one replaces an earlier one of the same key. A map that is a value, as `sweep:` is, is one setting.
using Settings = std::map<std::string, Setting>;

}  // namespace soundfold::settings
