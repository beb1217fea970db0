// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace soundfold::ranks {

/// A message of LibTorch without its stack trace.
inline std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

}  // namespace soundfold::ranks
