// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/options.h"

#include <yaml-cpp/yaml.h>

#include <string>
#include <vector>

/// Values from YAML into fields. Private to config/.
namespace soundfold::config {

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

/// The name that a key of former versions has today; any other key as it is.
std::string current_key(const std::string& key);

/// The option of that name. Throws UsageError naming the nearest one, or else `program`, which lists all.
const Option& find_option(const std::vector<Option>& options, const std::string& key, const Setting& setting,
                          Program program = Program::trainer);

/// Writes the value into its field, or throws UsageError with where, key, rule and the given value.
/// DataError for a name of known classes that is not UTF-8.
void assign(const std::vector<Option>& options, const std::string& key, const Setting& setting,
            Program program = Program::trainer);

}  // namespace soundfold::config
