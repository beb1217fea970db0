// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

/// Enums whose values have names. For each enum its own namespace has a function choice_names_of(Enum) that returns
/// the names.
namespace soundfold {

/// The names of an enum's values, which count from 0, in their order; null beyond the last.
template <typename Enum>
struct ChoiceNames {
  const char* texts[6];
  const char* old_texts[6] = {};  ///< what former versions wrote instead, which is still read; null: the same
};

/// The name of a value.
template <typename Enum>
std::string name_of(Enum value) {
  return choice_names_of(value).texts[static_cast<std::size_t>(value)];
}

/// The names of all values, in their order.
template <typename Enum>
std::vector<std::string> choice_names() {
  std::vector<std::string> names;
  for (const char* text : choice_names_of(Enum{}).texts) {
    if (text != nullptr) names.emplace_back(text);
  }
  return names;
}

/// The value of that name, of today or of a former version; nothing when there is none.
template <typename Enum>
std::optional<Enum> choice_named(const std::string& name) {
  const auto names = choice_names<Enum>();
  for (std::size_t i = 0; i < names.size(); ++i) {
    const char* old = choice_names_of(Enum{}).old_texts[i];
    if (names[i] == name || (old != nullptr && name == old)) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

/// A field that holds a value of any such enum, by name.
struct Choice {
  /// Implicit, so that a list of fields of several types takes it as any other. The field must outlive it.
  template <typename Enum, typename = std::enable_if_t<std::is_enum_v<Enum>>>
  Choice(Enum* field) : names(choice_names<Enum>()), name([field] { return name_of(*field); }) {
    set = [field](const std::string& text) {
      const auto value = choice_named<Enum>(text);
      if (value) *field = *value;
      return value.has_value();
    };
  }

  std::vector<std::string> names;
  std::function<std::string()> name;            ///< of the field's value
  std::function<bool(const std::string&)> set;  ///< false when there is no such name; the field then stays
};

}  // namespace soundfold
