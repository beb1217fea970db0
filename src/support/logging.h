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

/// While it lives, every line (debug included) is also written to `path`, appending; the folder must exist. The
/// constructor throws DataError when the file cannot be opened.
class LogFile {
 public:
  explicit LogFile(const std::filesystem::path& path);
  ~LogFile();
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;

 private:
  spdlog::sink_ptr sink_;
};

/// Writes out what is buffered.
void flush_logs();

/// True after start_logging without --quiet where stderr is a terminal: the place for progress bars.
bool progress_bars_wanted();

/// The verbosity set by start_logging (normal before that).
Verbosity log_verbosity();

}  // namespace soundfold
