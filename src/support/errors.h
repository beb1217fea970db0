// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <stdexcept>
#include <string>

namespace soundfold {

/// A mistake of the caller: a bad option, configuration key or argument. Programs print it in one line and exit with 2.
struct UsageError : std::invalid_argument {
  using std::invalid_argument::invalid_argument;
};

/// A fault outside the program: a missing, unreadable, corrupt or impossible input or output. Programs exit with 1.
/// The text says what failed, where (the file), what was found, what is allowed, and what to do.
struct DataError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Work stopped on request (SIGINT, SIGTERM) after saving what there was. Programs exit with 128 + `signal`.
struct Interrupted : std::runtime_error {
  Interrupted(const std::string& what, int signal_number) : std::runtime_error(what), signal(signal_number) {}
  int signal;
};

/// Runs `body` as the whole of a program: installs the interrupt handler, turns every exception into one line
/// "<program>: error: ..." on stderr and into an exit code (0 fine, 1 failure, 2 usage, 130/143 interrupted). Results
/// that could not be written to standard output are a failure; a standard stream that the caller has closed is read and
/// written as /dev/null.
int run_program(const std::string& program, const std::function<int()>& body);

}  // namespace soundfold
