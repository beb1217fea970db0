// SPDX-License-Identifier: Apache-2.0
#include "yaml/yaml_value.h"

#include <yaml-cpp/yaml.h>

#include <charconv>
#include <cmath>

namespace soundfold {
namespace {

/// A text that YAML would read as something else, or that holds a special character, must be quoted.
bool needs_quotes(const std::string& value) {
  if (value.empty()) return true;
  const bool plain = value.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-") ==
                     std::string::npos;
  if (!plain || value[0] == '-' || value[0] == '.') return true;
  bool flag = false;
  double number = 0;
  const YAML::Node node(value);
  return YAML::convert<bool>::decode(node, flag) || YAML::convert<double>::decode(node, number) || value == "null";
}

}  // namespace

std::string yaml_text(bool value) {
  return value ? "true" : "false";
}

std::string yaml_text(std::int64_t value) {
  return std::to_string(value);
}

std::string yaml_text(double value) {
  if (std::isinf(value)) return value > 0 ? ".inf" : "-.inf";
  if (std::isnan(value)) return ".nan";
  char text[64];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  return std::string(text, end);
}

std::string readable_text(double value) {
  const bool whole = value == std::floor(value) && std::abs(value) < 1e15;
  return whole ? std::to_string(static_cast<std::int64_t>(value)) : yaml_text(value);
}

std::string yaml_text(const std::string& value) {
  if (!needs_quotes(value)) return value;
  YAML::Emitter emitter;
  emitter << YAML::DoubleQuoted << value;
  return emitter.c_str();
}

std::string yaml_text(const std::vector<std::pair<std::string, std::vector<std::string>>>& lists) {
  if (lists.empty()) return "[]";
  std::string text = "{";
  for (const auto& [name, list] : lists)
    text += (text.size() > 1 ? ", " : "") + yaml_text(name) + ": " + yaml_text(list);
  return text + "}";
}

}  // namespace soundfold
