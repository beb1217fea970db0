// SPDX-License-Identifier: Apache-2.0
#include "library/log_lines.h"

#include <mutex>
#include <utility>

namespace soundfold {
namespace {

struct Taker {
  std::mutex mutex;
  LogCallback callback;
  LogLevel lowest = LogLevel::warning;
};

Taker& taker() {
  static auto* const made = new Taker;  // lives until the last line of other objects' ends
  return *made;
}

}  // namespace

void set_log_callback(LogCallback callback, LogLevel lowest) {
  {
    const std::lock_guard lock(taker().mutex);
    taker().callback = std::move(callback);
    taker().lowest = lowest;
  }
  give_lines_to_callback();
}

void give_log_line(LogLevel level, std::string_view line) {
  auto& [mutex, callback, lowest] = taker();
  const std::lock_guard lock(mutex);
  if (callback && level >= lowest) callback(level, line);
}

}  // namespace soundfold
