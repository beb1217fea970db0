// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <iomanip>
#include <sstream>
#include <string>

/// Private to this room.
namespace soundfold::yamnet {

/// A number as TorchScript reads it: 0.0001, 1e-05.
inline std::string real_text(double value) {
  std::ostringstream text;
  text << std::setprecision(15) << value;
  return text.str();
}

}  // namespace soundfold::yamnet
