// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace soundfold::testing {

/// While it lives, standard error goes to a terminal of 60 columns (TERM=xterm) or to a pipe.
class StandardError {
 public:
  enum class Kind { terminal, pipe };
  explicit StandardError(Kind kind);
  ~StandardError();
  StandardError(const StandardError&) = delete;
  StandardError& operator=(const StandardError&) = delete;

  /// What was written since the last call.
  std::string taken() const;

 private:
  int reading_ = -1;
  int before_ = -1;
};

/// The lines that a terminal shows after these bytes: line breaks, returns to the line's start, erasing to its end and
/// colours are understood.
std::vector<std::string> screen_of(const std::string& bytes);

}  // namespace soundfold::testing
