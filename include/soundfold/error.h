// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <soundfold/export.h>

#include <stdexcept>

/// What Soundfold throws. The text of each is one line: what failed, where (the file), what was found, what is allowed,
/// and what to do. Besides these, only std::bad_alloc.
namespace soundfold {

/// A mistake of the caller: a bad option or argument. Programs print it in one line and exit with 2.
struct SOUNDFOLD_API UsageError : std::invalid_argument {
  using std::invalid_argument::invalid_argument;
};

/// A fault outside the program: a missing, unreadable, corrupt or impossible input or output. Programs exit with 1.
struct SOUNDFOLD_API DataError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace soundfold
