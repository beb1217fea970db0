// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace soundfold {

/// `text` with every `place` in it replaced by `by`, which is not searched again.
inline std::string replaced(std::string text, const std::string& place, const std::string& by) {
  for (auto at = text.find(place); at != std::string::npos; at = text.find(place, at + by.size())) {
    text.replace(at, place.size(), by);
  }
  return text;
}

}  // namespace soundfold
