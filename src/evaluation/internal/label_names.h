// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace soundfold::evaluation {

/// "dog", "dog; cat", or `none` when there are no labels.
inline std::string label_names(const std::vector<std::int64_t>& labels, const std::vector<std::string>& class_names,
                               const std::string& none) {
  if (labels.empty()) return none;
  std::string text;
  for (const auto label : labels) {
    text += (text.empty() ? "" : "; ") + class_names[static_cast<std::size_t>(label)];
  }
  return text;
}

}  // namespace soundfold::evaluation
