// SPDX-License-Identifier: Apache-2.0
#include "config/internal/assign.h"

#include "config/load.h"
#include "support/errors.h"
#include "text/text.h"

#include <cmath>

namespace soundfold::config {
namespace {

/// Writes one YAML value into its field, or throws with where, key, rule and the given value.
class Assigner {
 public:
  Assigner(const Option& option, const Setting& setting) : option_(option), setting_(setting) {}

  void operator()(bool* field) const { *field = scalar<bool>(setting_.value); }
  void operator()(std::int64_t* field) const { *field = in_range(scalar<std::int64_t>(setting_.value)); }
  void operator()(double* field) const { *field = in_range(scalar<double>(setting_.value)); }
  void operator()(std::string* field) const { *field = text(setting_.value); }
  void operator()(std::vector<std::int64_t>* field) const {
    *field = list<std::int64_t>([this](const YAML::Node& node) { return in_range(scalar<std::int64_t>(node)); });
  }
  void operator()(std::vector<double>* field) const {
    *field = list<double>([this](const YAML::Node& node) { return in_range(scalar<double>(node)); });
  }
  void operator()(std::vector<std::string>* field) const {
    *field = list<std::string>([this](const YAML::Node& node) { return text(node); });
  }

 private:
  [[noreturn]] void fail() const {
    const std::string rule = rule_text(option_);
    throw UsageError(setting_.where + ": " + option_.key + ": must be a " + type_name(option_) +
                     (rule.empty() ? "" : ", " + rule) + "; given: " + given_text(setting_.value));
  }

  template <typename Value>
  Value scalar(const YAML::Node& node) const {
    Value value{};
    if (!node.IsScalar() || !YAML::convert<Value>::decode(node, value)) fail();
    return value;
  }

  template <typename Value>
  Value in_range(Value value) const {
    const auto number = static_cast<double>(value);
    if (std::isnan(number) || std::isinf(number) || number < option_.minimum || number > option_.maximum) fail();
    return value;
  }

  std::string text(const YAML::Node& node) const {
    if (!node.IsScalar()) fail();
    const std::string& value = node.Scalar();
    if (option_.allowed.empty()) return value;
    for (const auto& allowed : option_.allowed) {
      if (value == allowed) return value;
    }
    fail();
  }

  template <typename Value, typename Convert>
  std::vector<Value> list(Convert convert) const {
    std::vector<Value> values;
    if (setting_.value.IsNull()) return values;
    if (!setting_.value.IsSequence()) fail();
    for (const auto& node : setting_.value) values.push_back(convert(node));
    return values;
  }

  const Option& option_;
  const Setting& setting_;
};

[[noreturn]] void unknown_key(const std::string& key, const Setting& setting, const std::vector<Option>& options,
                              Program program) {
  std::vector<std::string> known{"extends"};
  for (const auto& option : options) {
    known.push_back(option.key);
    if (option.key.rfind(key + ".", 0) == 0) {
      throw UsageError(setting.where + ": " + key + " is a group of keys, such as " + option.key +
                       "; given: " + given_text(setting.value));
    }
  }
  std::string nearest = nearest_name(key, known);
  for (const auto& option : options) {  // the right key in the wrong group
    const auto dot = option.key.rfind('.');
    const auto given = key.rfind('.');
    if (nearest.empty() && dot != std::string::npos && option.key.substr(dot + 1) == key.substr(given + 1))
      nearest = option.key;
  }
  throw UsageError(setting.where + ": unknown key " + key +
                   (nearest.empty() ? "; " + program_name(program) + " --options lists all keys"
                                    : "; did you mean " + nearest + "?"));
}

}  // namespace

const Option& find_option(const std::vector<Option>& options, const std::string& key, const Setting& setting,
                          Program program) {
  for (const auto& option : options) {
    if (option.key == key) return option;
  }
  unknown_key(key, setting, options, program);
}

void assign(const std::vector<Option>& options, const std::string& key, const Setting& setting, Program program) {
  const auto& option = find_option(options, key, setting, program);
  std::visit(Assigner(option, setting), option.target);
}

std::string given_text(const YAML::Node& value) {
  if (value.IsNull()) return "nothing";
  YAML::Emitter emitter;
  emitter << YAML::Flow << value;
  std::string text = emitter.c_str();
  for (auto& c : text) c = c == '\n' ? ' ' : c;
  return text.size() > 60 ? text.substr(0, 57) + "..." : text;
}

}  // namespace soundfold::config
