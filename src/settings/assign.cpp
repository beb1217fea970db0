// SPDX-License-Identifier: Apache-2.0
#include "settings/assign.h"

#include "support/errors.h"
#include "text/names.h"
#include "text/text.h"
#include "yaml/yaml_document.h"

#include <cmath>
#include <cstdlib>
#include <type_traits>

namespace soundfold::settings {
namespace {

/// Aliases let a small file expand to any number of names.
constexpr std::size_t kMaxNames = 10'000;
constexpr std::size_t kMaxNameBytes = 200;

/// Writes one YAML value into its field, or throws with where, key, rule and the given value.
class Assigner {
 public:
  Assigner(const Option& option, const Setting& setting) : option_(option), setting_(setting) {}

  template <typename Value>
  void operator()(Value* field) const {
    *field = value<Value>(setting_.value);
  }
  void operator()(std::string* field) const {
    // `--set data.root=` is YAML's null, and means the empty string.
    *field = setting_.value.IsNull() ? "" : path_or_text(value<std::string>(setting_.value));
  }
  template <typename Value>
  void operator()(std::vector<Value>* field) const {
    *field = list<Value>(setting_.value);
    if constexpr (std::is_same_v<Value, std::string>) {
      for (auto& each : *field) each = path_or_text(each);
    }
  }
  void operator()(NameLists* field) const {
    *field = setting_.value.IsMap() ? map() : map_of(list<std::string>(setting_.value));
  }
  void operator()(std::optional<double>* field) const {
    field->reset();
    if (setting_.value.IsScalar() && setting_.value.Scalar() == kAuto) return;
    *field = value<double>(setting_.value);
  }
  void operator()(const Choice& choice) const {
    if (!setting_.value.IsScalar() || !choice.set(setting_.value.Scalar())) fail();
  }

 private:
  [[noreturn]] void fail(const std::string& advice = "") const {
    throw UsageError(setting_.where + ": " + option_.key + ": must be a " + type_text(option_) +
                     "; given: " + given_text(setting_.value) + advice);
  }

  /// A path with the home folder instead of "~", which only shells replace, and not behind "key=".
  std::string path_or_text(const std::string& text) const {
    if (!option_.is_path || text.empty() || text.front() != '~') return text;
    const char* home = std::getenv("HOME");
    if (home != nullptr && (text.size() == 1 || text[1] == '/')) return home + text.substr(1);
    fail("; only '~/', the home folder, is understood: write the whole path (./~ for a name that begins so)");
  }

  template <typename Value>
  Value value(const YAML::Node& node) const {
    Value read{};
    if (!node.IsScalar() || !YAML::convert<Value>::decode(node, read)) fail();
    if constexpr (std::is_same_v<Value, std::int64_t> || std::is_same_v<Value, double>) {
      const auto number = static_cast<double>(read);
      if (std::isnan(number) || std::isinf(number) || number < option_.minimum || number > option_.maximum) fail();
    }
    return read;
  }

  template <typename Value>
  std::vector<Value> list(const YAML::Node& node) const {
    std::vector<Value> values;
    if (node.IsNull()) return values;
    if (node.IsScalar()) {  // a list of one may go without brackets
      if (const auto& text = node.Scalar(); text.find(',') != std::string::npos) {
        fail("; write a list in brackets: [" + shown(text, 60) + "]");
      }
      return {value<Value>(node)};
    }
    if (!node.IsSequence()) fail();
    for (const auto& each : node) values.push_back(value<Value>(each));
    return values;
  }

  /// The list of that name, new when there is none. YAML takes keys of up to 1,024 characters.
  std::vector<std::string>& list_of(const std::string& name, NameLists& lists) const {
    if (name.empty() || name.size() > kMaxNameBytes || lists.size() > kMaxNames) fail();
    for (auto& entry : lists) {
      if (entry.first == name) return entry.second;
    }
    return lists.emplace_back(name, std::vector<std::string>()).second;
  }

  NameLists map() const {
    NameLists lists;
    std::size_t count = 0;
    for (const auto& entry : setting_.value) {
      const auto name = tidy_name(value<std::string>(entry.first));
      auto& names = list_of(name, lists);
      if (!names.empty()) throw UsageError(setting_.where + ": " + option_.key + "." + name + ": given twice");
      names = list<std::string>(entry.second);
      count += names.size();
      if (names.empty() || count > kMaxNames) fail();
    }
    return lists;
  }

  /// The first versions wrote "own = theirs" for each pair.
  NameLists map_of(const std::vector<std::string>& pairs) const {
    NameLists lists;
    for (const auto& pair : pairs) {
      const auto equals = pair.find('=');
      if (equals == std::string::npos || pairs.size() > kMaxNames) fail();
      list_of(tidy_name(pair.substr(0, equals)), lists).push_back(trimmed(pair.substr(equals + 1)));
    }
    return lists;
  }

  const Option& option_;
  const Setting& setting_;
};

[[noreturn]] void unknown_key(const std::string& key, const Setting& setting, const std::vector<Option>& options,
                              const std::string& program) {
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
  throw UsageError(
      setting.where + ": unknown key " + key +
      (nearest.empty() ? "; " + program + " --options lists all keys" : "; did you mean " + nearest + "?"));
}

}  // namespace

const Option& find_option(const std::vector<Option>& options, const std::string& key, const Setting& setting,
                          const std::string& program) {
  for (const auto& option : options) {
    if (option.key == key) return option;
  }
  unknown_key(key, setting, options, program);
}

void assign(const std::vector<Option>& options, const std::string& key, const Setting& setting,
            const std::string& program) {
  const auto& option = find_option(options, key, setting, program);
  std::visit(Assigner(option, setting), option.target);
}

}  // namespace soundfold::settings
