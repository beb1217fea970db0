// SPDX-License-Identifier: Apache-2.0
#include "yamnet/torch_errors.h"

#include "text/text.h"

#include <sstream>

namespace soundfold::yamnet {
namespace {

constexpr std::size_t kLongestReason = 400;
constexpr std::size_t kLongestMessage = 1'000;

/// What TorchScript puts before the text of an assert.
std::string without_kinds(std::string line) {
  for (const std::string kind : {"builtins.", "RuntimeError: ", "AssertionError: "}) {
    if (line.compare(0, kind.size(), kind) == 0) line.erase(0, kind.size());
  }
  return line;
}

}  // namespace

std::string plain_reason(const std::string& text) {
  // A TorchScript traceback ends with the error; other messages begin with it.
  const bool traceback = text.find("Traceback of TorchScript") != std::string::npos;
  std::istringstream lines(text);
  std::string reason;
  for (std::string line; std::getline(lines, line);) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    reason = line;
    if (!traceback) break;
  }
  return shown(without_kinds(reason), kLongestReason);
}

std::string one_line(const std::string& text) {
  return shown(text, kLongestMessage);
}

}  // namespace soundfold::yamnet
