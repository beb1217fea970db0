// SPDX-License-Identifier: Apache-2.0
#include "protocols/changed_option.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace soundfold::testing {
namespace {

struct Change {
  const config::Option& option;

  bool operator()(bool* field) const { return *field = !*field, true; }
  bool operator()(std::int64_t* field) const {
    *field += static_cast<double>(*field + 1) <= option.maximum ? 1 : -1;
    return true;
  }
  bool operator()(double* field) const {
    *field = std::clamp(*field == 0 ? 0.3 : *field / 2, option.minimum, option.maximum);
    return true;
  }
  bool operator()(std::optional<double>* field) const { return *field = field->value_or(0) + 0.5, true; }
  bool operator()(std::string* /*field*/) const { return false; }
  bool operator()(const Choice& choice) const {
    return choice.set(choice.names[choice.name() == choice.names[0] ? 1 : 0]);
  }
  bool operator()(std::vector<std::int64_t>* field) const {
    *field = {*field == std::vector<std::int64_t>{3} ? 2 : 3};
    return true;
  }
  bool operator()(std::vector<double>* field) const { return *field = {1, 3}, true; }
  bool operator()(std::vector<std::string>* /*field*/) const { return false; }
  bool operator()(config::NameLists* /*field*/) const { return false; }
};

}  // namespace

bool change_value(const config::Option& option) {
  return std::visit(Change{option}, option.target);
}

}  // namespace soundfold::testing
