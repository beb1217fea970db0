// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <soundfold/export.h>

#include <functional>
#include <string_view>

namespace soundfold {

enum class LogLevel { debug, info, warning, error };

/// Gets a line without its end; `line` is valid during the call only.
using LogCallback = std::function<void(LogLevel level, std::string_view line)>;

/// The library prints nothing. From here on it hands its lines of level `lowest` and above to `callback`, one at a
/// time, on the thread where they arise; an empty callback ends that. The callback must not call the library; what it
/// throws is dropped. One for the whole process; may be called at any time, by any thread.
SOUNDFOLD_API void set_log_callback(LogCallback callback, LogLevel lowest = LogLevel::warning);

/// Hands a line to that callback. For libsoundfold_torch, whose lines take this way too.
SOUNDFOLD_API void give_log_line(LogLevel level, std::string_view line);

}  // namespace soundfold
