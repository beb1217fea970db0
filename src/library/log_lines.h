// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/logging.h"

#include <soundfold/log.h>

#include <string_view>

namespace soundfold {

inline LogLevel public_level(spdlog::level::level_enum level) {
  if (level >= spdlog::level::err) return LogLevel::error;
  if (level >= spdlog::level::warn) return LogLevel::warning;
  return level >= spdlog::level::info ? LogLevel::info : LogLevel::debug;
}

/// From here on the lines of the rooms go to the callback of set_log_callback. Each of the libraries has its own copy
/// of the rooms, so that each calls this; the callback is libsoundfold's.
inline void give_lines_to_callback() {
  set_log_sink(
      [](spdlog::level::level_enum level, std::string_view line) { give_log_line(public_level(level), line); });
}

}  // namespace soundfold
