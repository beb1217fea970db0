// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <soundfold/error.h>  // UsageError and DataError, which cross the border of the library

#include <functional>
#include <stdexcept>
#include <string>

namespace soundfold {

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
