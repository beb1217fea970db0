// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <spdlog/spdlog.h>

#include <filesystem>
#include <functional>
#include <string_view>

namespace soundfold {

/// The logger of all rooms. Silent until start_logging() or set_log_sink(): a program that uses rooms as a library sees
/// nothing that it did not ask for, and its own spdlog logger is left alone.
spdlog::logger& logger();

/// From here on also gives every line (debug included) to `sink`, one call at a time; an empty one ends that. It must
/// not log itself. What it throws is dropped. May be called while other threads log.
using LogSink = std::function<void(spdlog::level::level_enum level, std::string_view line)>;
void set_log_sink(LogSink sink);

enum class Verbosity { quiet, normal, verbose };

/// Logs go to stderr, also those of spdlog's default logger: warnings and errors only when quiet, debug lines when
/// verbose. Call once in main. Standard output is kept for results.
void start_logging(Verbosity verbosity);

/// From here on also writes every line (debug included) to `path`, appending; the folder must exist.
/// Throws DataError when the file cannot be opened.
void also_log_to(const std::filesystem::path& path);

/// Writes out what is buffered.
void flush_logs();

/// True when --quiet was not given and stderr is a terminal: the place for progress bars.
bool progress_bars_wanted();

/// The verbosity set by start_logging (normal before that).
Verbosity log_verbosity();

}  // namespace soundfold
