// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>

#include <map>
#include <string>
#include <vector>

/// Pages made from the options that a program declares.
namespace soundfold::option_pages {

/// Words that complete the value of an option, by its name ("--device"), beside those that CLI11 knows. A word
/// "KEY=VALUE" or "KEY=" is completed in two steps: the key, then, where values are known, the value.
using ValueWords = std::map<std::string, std::vector<std::string>>;

/// The shells that completion_script() knows: bash, zsh, fish.
std::vector<std::string> completion_shells();

/// A script that completes the options of `app` and their values. Throws std::invalid_argument for another shell.
std::string completion_script(const CLI::App& app, const std::string& shell, const ValueWords& words);

/// The manual page of `app` in section 1, for man (roff, macros of man(7)). `date` as 2026-11-29.
std::string man_page(const CLI::App& app, const std::string& version, const std::string& date);

/// One option as both need it.
struct OptionRow {
  std::vector<std::string> names;    ///< "-h", "--help"; a positional has one, without dashes
  std::string value;                 ///< "TEXT"; empty for a flag
  std::vector<std::string> choices;  ///< all values allowed; empty: others than these
  std::string description;
  std::string default_value;
  std::string environment;  ///< the variable that is read where the option is not given
  bool positional = false;
  bool repeated = false;  ///< may be given more than once
};

/// The options of `app` in the order of their declaration.
std::vector<OptionRow> option_rows(const CLI::App& app);

}  // namespace soundfold::option_pages
