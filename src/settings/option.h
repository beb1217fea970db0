// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "text/choice.h"

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

/// Options declared once, bound to fields, and their values from YAML.
namespace soundfold::settings {

/// Lists of names by a name, in the order written.
using NameLists = std::vector<std::pair<std::string, std::vector<std::string>>>;

/// The field an option sets. Its type is the option's type; an optional number without a value is written auto.
using Target =
    std::variant<bool*, std::int64_t*, double*, std::optional<double>*, std::string*, std::vector<std::int64_t>*,
                 std::vector<double>*, std::vector<std::string>*, NameLists*, Choice>;

/// How an optional number without a value is written.
inline constexpr const char* kAuto = "auto";

/// Largest value of a count that has no limit of its own; messages and docs do not show it.
inline constexpr double kCountLimit = 1e9;

/// One declared option. The same declaration serves YAML, --set, --help, the printed configuration and the docs.
struct Option {
  std::string key;  ///< dotted, e.g. "training.batch_size"
  Target target;
  std::string meaning;                                        ///< one sentence
  std::string unit;                                           ///< "frames", "epochs", ...; empty when there is none
  double minimum = -std::numeric_limits<double>::infinity();  ///< for numbers, and for each element of a list
  double maximum = std::numeric_limits<double>::infinity();
  bool is_path = false;  ///< a file or folder, or a list of them: "~/" at the start is the home folder
};

/// What is known of keys before there are options.
struct KeyRules {
  std::set<std::string> maps;                 ///< keys whose value is a map; other maps are groups of keys
  std::map<std::string, std::string> former;  ///< names of former versions -> today's

  /// The name that a key of former versions has today; any other key as it is.
  std::string current(const std::string& key) const;
};

/// "list of strings", "whole number, at least 1", "string, one of a, b": for messages and docs.
std::string type_text(const Option& option);

/// The current value as YAML flow text: `0.001`, `[1, 2]`, `relu`.
std::string value_text(const Option& option);

}  // namespace soundfold::settings
