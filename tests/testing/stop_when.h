// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/interrupt.h"

#include <atomic>
#include <csignal>
#include <functional>
#include <thread>

namespace soundfold::testing {

/// In its scope SIGINT and SIGTERM are handled as in the programs, and once `condition` holds, the process is asked to
/// stop (SIGINT). At the end of the scope, whatever led there, it waits no longer, forgets the request and gives the
/// signals back.
class StopWhen {
 public:
  explicit StopWhen(std::function<bool()> condition) {
    install_interrupt_handler();
    clear_interrupt();
    watcher_ = std::thread([this, condition = std::move(condition)] {
      while (!over_ && !condition()) std::this_thread::yield();
      if (!over_) std::raise(SIGINT);
    });
  }
  ~StopWhen() {
    over_ = true;
    watcher_.join();
    clear_interrupt();
    std::signal(SIGINT, SIG_DFL);
    std::signal(SIGTERM, SIG_DFL);
  }
  StopWhen(const StopWhen&) = delete;
  StopWhen& operator=(const StopWhen&) = delete;

 private:
  std::atomic<bool> over_{false};
  std::thread watcher_;
};

}  // namespace soundfold::testing
