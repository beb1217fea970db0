// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <spdlog/spdlog.h>

#include <filesystem>

namespace soundfold {

enum class Verbosity { quiet, normal, verbose };

/// Logs go to stderr through spdlog's default logger: warnings and errors only when quiet, debug lines when verbose.
/// Call once in main. Standard output is kept for results.
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
