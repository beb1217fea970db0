// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/errors.h"

#include <nlohmann/json.hpp>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

namespace soundfold {

/// JSON has no NaN and no infinity: null represents them.
inline nlohmann::json number_or_null(double value) {
  return std::isfinite(value) ? nlohmann::json(value) : nlohmann::json();
}

/// json[key] as a whole number of 32 bits; get<int>() alone would make any number of 1e88. Throws DataError for another
/// value, an error of the library's when there is none.
template <typename Json>
int whole_number(const Json& json, const char* key) {
  const Json& value = json.at(key);
  const bool fits =
      value.is_number_unsigned()
          ? value.template get<std::uint64_t>() <= std::uint64_t{std::numeric_limits<int>::max()}
          : value.is_number_integer() && value.template get<std::int64_t>() >= std::numeric_limits<int>::min();
  if (!fits) throw DataError(std::string(key) + " is not a whole number of 32 bits");
  return value.template get<int>();
}

}  // namespace soundfold
