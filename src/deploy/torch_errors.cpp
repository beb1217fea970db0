// SPDX-License-Identifier: Apache-2.0
#include "deploy/torch_errors.h"

#include <sstream>

namespace soundfold::deploy {

std::string plain_reason(const std::string& text) {
  constexpr std::size_t kLongest = 400;
  // A TorchScript traceback ends with the error; other texts begin with it.
  const bool traceback = text.find("Traceback of TorchScript") != std::string::npos;
  std::istringstream lines(text);
  std::string reason;
  for (std::string line; std::getline(lines, line);) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    reason = line;
    if (!traceback) break;
  }
  return reason.size() <= kLongest ? reason : reason.substr(0, kLongest) + "...";
}

}  // namespace soundfold::deploy
