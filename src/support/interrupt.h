// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

namespace soundfold {

/// Makes SIGINT and SIGTERM set a flag instead of ending the process. A second signal ends it at once.
/// SIGPIPE is ignored, so that a closed pipe is an ordinary write error.
void install_interrupt_handler();

/// The signal that requested a stop (SIGINT, SIGTERM), or 0. Safe to call from any thread. A StopRequest whose question
/// is answered with yes counts as SIGINT.
int interrupt_signal() noexcept;

/// Interrupts work without a signal: while it lives, interrupt_signal() on this thread, and on those that it starts
/// (threads.h), asks `wanted` too, from any of them. One at a time on a thread; the last one made counts.
class StopRequest {
 public:
  explicit StopRequest(const std::function<bool()>& wanted);
  ~StopRequest();
  StopRequest(const StopRequest&) = delete;
  StopRequest& operator=(const StopRequest&) = delete;

  /// That of the calling thread, for a thread that it starts; null: none.
  static const std::function<bool()>* current() noexcept;

 private:
  const std::function<bool()>* before_;
};

/// Forgets a pending request; for tests.
void clear_interrupt() noexcept;

/// Throws Interrupted with `what` when a stop was requested.
void throw_if_interrupted(const std::string& what);

}  // namespace soundfold
