// SPDX-License-Identifier: Apache-2.0
#include "support/logging.h"

#include <soundfold/log.h>

#include <utility>

namespace soundfold {
namespace {

LogLevel public_level(spdlog::level::level_enum level) {
  if (level >= spdlog::level::err) return LogLevel::error;
  if (level >= spdlog::level::warn) return LogLevel::warning;
  return level >= spdlog::level::info ? LogLevel::info : LogLevel::debug;
}

}  // namespace

void set_log_callback(LogCallback callback, LogLevel lowest) {
  if (!callback) {
    set_log_sink({});
    return;
  }
  set_log_sink([callback = std::move(callback), lowest](spdlog::level::level_enum level, std::string_view line) {
    if (public_level(level) >= lowest) callback(public_level(level), line);
  });
}

}  // namespace soundfold
