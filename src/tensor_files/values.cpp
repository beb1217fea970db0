// SPDX-License-Identifier: Apache-2.0
#include "tensor_files/values.h"

#include "support/errors.h"

#include <algorithm>
#include <cmath>

namespace soundfold::tensor_files {

std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) text += (i == 0 ? "" : ", ") + std::to_string(shape[i]);
  return text + "]";
}

void check_finite(const std::vector<float>& values, const std::string& where) {
  const auto bad = std::find_if(values.begin(), values.end(), [](float v) { return !std::isfinite(v); });
  if (bad == values.end()) return;
  throw DataError(where + ": value " + std::to_string(bad - values.begin()) +
                  " is not a finite number; the file is damaged");
}

}  // namespace soundfold::tensor_files
