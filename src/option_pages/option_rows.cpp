// SPDX-License-Identifier: Apache-2.0
#include "option_pages/option_pages.h"

#include <sstream>

namespace soundfold::option_pages {
namespace {

/// CLI11 writes a fixed list of values behind the type: "TEXT:{train,validation}".
std::vector<std::string> choices_in(const std::string& type) {
  const auto begin = type.find(":{"), end = type.rfind('}');
  if (begin == std::string::npos || end == std::string::npos) return {};
  std::vector<std::string> choices;
  std::istringstream list(type.substr(begin + 2, end - begin - 2));
  for (std::string choice; std::getline(list, choice, ',');) choices.push_back(choice);
  return choices;
}

}  // namespace

std::vector<OptionRow> option_rows(const CLI::App& app) {
  std::vector<OptionRow> rows;
  for (const CLI::Option* option : app.get_options()) {
    OptionRow row;
    for (const auto& name : option->get_snames()) row.names.push_back("-" + name);
    for (const auto& name : option->get_lnames()) row.names.push_back("--" + name);
    row.positional = row.names.empty();
    if (row.positional) row.names.push_back(option->get_name(true));
    const auto type = option->get_type_name();
    row.value = type.substr(0, type.find(':'));
    row.choices = choices_in(type);
    row.description = option->get_description();
    row.default_value = option->get_default_str();
    row.environment = option->get_envname();
    row.repeated = !row.value.empty() && option->get_expected_max() > 1;
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace soundfold::option_pages
