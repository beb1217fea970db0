// SPDX-License-Identifier: Apache-2.0
#include "settings/option.h"

#include "text/text.h"
#include "yaml/yaml_value.h"

#include <iterator>
#include <type_traits>

namespace soundfold::settings {
namespace {

/// "one of a, b", "0 to 1", "at least 1"; empty when anything of the type is allowed.
std::string rule_text(const Option& option) {
  if (const auto* choice = std::get_if<Choice>(&option.target)) return "one of " + join(choice->names);
  const bool low = option.minimum > -std::numeric_limits<double>::infinity();
  const bool high = option.maximum < kCountLimit;
  if (low && high) return readable_text(option.minimum) + " to " + readable_text(option.maximum);
  return low ? "at least " + readable_text(option.minimum) : "";
}

}  // namespace

std::string KeyRules::current(const std::string& key) const {
  const auto found = former.find(key);
  return found == former.end() ? key : found->second;
}

std::string type_text(const Option& option) {
  static const char* const names[] = {"true or false",            // bool*
                                      "whole number",             // std::int64_t*
                                      "number",                   // double*
                                      "number or auto",           // std::optional<double>*
                                      "string",                   // std::string*
                                      "list of whole numbers",    // std::vector<std::int64_t>*
                                      "list of numbers",          // std::vector<double>*
                                      "list of strings",          // std::vector<std::string>*
                                      "map of lists of strings",  // NameLists*
                                      "string"};                  // Choice
  static_assert(std::size(names) == std::variant_size_v<Target>, "one name for each type of an option");
  const auto rule = rule_text(option);
  return names[option.target.index()] + (rule.empty() ? "" : ", " + rule);
}

std::string value_text(const Option& option) {
  const auto text = [](const auto& field) {
    using Field = std::decay_t<decltype(field)>;
    if constexpr (std::is_same_v<Field, std::optional<double>*>) {
      return *field ? yaml_text(**field) : kAuto;
    } else if constexpr (std::is_pointer_v<Field>) {
      return yaml_text(*field);
    } else {
      return field.name();
    }
  };
  return std::visit(text, option.target);
}

}  // namespace soundfold::settings
