// SPDX-License-Identifier: Apache-2.0
#include "config/internal/yaml_value.h"

#include <yaml-cpp/yaml.h>

#include <charconv>
#include <cmath>

namespace soundfold::config {
namespace {

template <typename Value>
std::string list_text(const std::vector<Value>& values) {
  std::string text = "[";
  for (std::size_t i = 0; i < values.size(); ++i) text += (i == 0 ? "" : ", ") + yaml_text(values[i]);
  return text + "]";
}

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

std::string yaml_text(const std::string& value) {
  if (!needs_quotes(value)) return value;
  YAML::Emitter emitter;
  emitter << YAML::DoubleQuoted << value;
  return emitter.c_str();
}

std::string yaml_text(const std::vector<std::int64_t>& values) {
  return list_text(values);
}
std::string yaml_text(const std::vector<double>& values) {
  return list_text(values);
}
std::string yaml_text(const std::vector<std::string>& values) {
  return list_text(values);
}

}  // namespace soundfold::config
