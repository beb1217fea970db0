// SPDX-License-Identifier: Apache-2.0
#include "yaml/yaml_document.h"

#include "support/errors.h"

#include <sstream>

namespace soundfold {
namespace {

/// Number of the first line that is indented by a tab; 0: none. The parser reports it in words that do not help.
int line_indented_by_tab(const std::string& text) {
  std::istringstream lines(text);
  int number = 1;
  for (std::string line; std::getline(lines, line); ++number) {
    const auto first = line.find_first_not_of(" \t");
    if (first != std::string::npos && line.find('\t') < first) return number;
  }
  return 0;
}

}  // namespace

YAML::Node yaml_map(const std::string& text, const std::string& name) {
  try {
    const YAML::Node root = YAML::Load(text);
    if (root.IsNull()) return YAML::Node(YAML::NodeType::Map);
    if (root.IsMap()) return root;
  } catch (const YAML::Exception& error) {
    const int tab = line_indented_by_tab(text);
    throw UsageError(name + ":" + std::to_string(tab > 0 ? tab : error.mark.line + 1) +
                     ": not valid YAML: " + (tab > 0 ? "the line is indented by a tab; use blanks" : error.msg));
  }
  throw UsageError(name + ":1: a configuration is a list of 'key: value' lines");
}

std::string yaml_place(const std::string& name, const YAML::Node& node) {
  return name + (node.Mark().is_null() ? "" : ":" + std::to_string(node.Mark().line + 1));
}

std::string given_text(const YAML::Node& value) {
  if (value.IsNull()) return "nothing";
  YAML::Emitter emitter;
  emitter << YAML::Flow << value;
  std::string text = emitter.c_str();
  for (auto& c : text) c = c == '\n' ? ' ' : c;
  return text.size() > 60 ? text.substr(0, 57) + "..." : text;
}

}  // namespace soundfold
