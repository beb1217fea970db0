// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/experiment.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace soundfold::config {

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

/// All options of both programs, bound to the fields of `experiment`, in the order of the documentation.
std::vector<Option> options_of(Experiment& experiment);

/// The options that a program reads, in the same order.
std::vector<Option> options_of(Experiment& experiment, Program program);

/// "list of strings", "whole number, at least 1", "string, one of a, b": for messages and docs.
std::string type_text(const Option& option);

/// The current value as YAML flow text: `0.001`, `[1, 2]`, `relu`.
std::string value_text(const Option& option);

}  // namespace soundfold::config
