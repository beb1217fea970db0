// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace soundfold {

/// Makes SIGINT and SIGTERM set a flag instead of ending the process. A second signal ends it at once.
/// SIGPIPE is ignored, so that a closed pipe is an ordinary write error.
void install_interrupt_handler();

/// The signal that requested a stop (SIGINT, SIGTERM), or 0. Safe to call from any thread.
int interrupt_signal() noexcept;

/// Forgets a pending request; for tests.
void clear_interrupt() noexcept;

/// Throws Interrupted with `what` when a stop was requested.
void throw_if_interrupted(const std::string& what);

}  // namespace soundfold
