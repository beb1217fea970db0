// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <mutex>

/// Private to this room.
namespace soundfold::classification {

/// Runs one action for each number from 0 up, in the order of the numbers, whichever thread submits them and when: an
/// action waits until all before it have run. One at a time.
class InOrder {
 public:
  /// Runs `action` now, and those that waited for it, or keeps it. What an action throws is thrown on; it counts as
  /// run.
  void at(std::size_t number, std::function<void()> action) {
    const std::lock_guard<std::mutex> lock(mutex_);
    waiting_.emplace(number, std::move(action));
    while (!waiting_.empty() && waiting_.begin()->first == next_) {
      const auto ready = std::move(waiting_.begin()->second);
      waiting_.erase(waiting_.begin());
      ++next_;
      ready();
    }
  }

 private:
  std::mutex mutex_;
  std::map<std::size_t, std::function<void()>> waiting_;
  std::size_t next_ = 0;
};

}  // namespace soundfold::classification
