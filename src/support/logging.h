// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <spdlog/spdlog.h>

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace soundfold {

/// The logger of all rooms. Silent until start_logging() or set_log_sink(): a program that uses rooms as a library sees
/// nothing that it did not ask for, and its own spdlog logger is left alone.
spdlog::logger& logger();

/// From here on also gives every line (debug included) to `sink`, one call at a time; an empty one ends that. It must
/// not log itself. What it throws is dropped. May be called while other threads log.
using LogSink = std::function<void(spdlog::level::level_enum level, std::string_view line)>;
void set_log_sink(LogSink sink);

enum class Verbosity { quiet, normal, verbose };

/// json: one object a line on stderr, {"time": "2026-11-29T09:19:33.120Z", "level": "info", "message": "..."}, with
/// "run" (the folder of the run) while a LogFile lives, and what LogField adds. No progress bar is drawn then.
enum class LogFormat { text, json };

/// Logs go to stderr, also those of spdlog's default logger: warnings and errors only when quiet, debug lines when
/// verbose. Warnings and errors are coloured where colours_wanted(). Call once in main. Standard output is kept for
/// results.
void start_logging(Verbosity verbosity, LogFormat format = LogFormat::text);

/// While it lives, every line (debug included) is also written to `path`, appending; the folder must exist. The
/// constructor throws DataError when the file cannot be opened.
class LogFile {
 public:
  explicit LogFile(const std::filesystem::path& path);
  ~LogFile();
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;

  /// Writes one line into this file alone: what the program prints itself, such as the error that ends it.
  void add(spdlog::level::level_enum level, const std::string& line) const;

 private:
  spdlog::sink_ptr sink_;
};

/// While it lives, the lines that its thread logs have one more field in the JSON format: LogField clip("clip", id).
class LogField {
 public:
  LogField(std::string name, std::string value);
  ~LogField();
  LogField(const LogField&) = delete;
  LogField& operator=(const LogField&) = delete;
};

/// While it lives, log lines (debug left out) are kept in it and shown nowhere: for work that reports in other words
/// what it found. One at a time, while no other thread starts or ends a LogFile.
class KeptLog {
 public:
  KeptLog();
  ~KeptLog();
  KeptLog(const KeptLog&) = delete;
  KeptLog& operator=(const KeptLog&) = delete;
  const std::vector<std::string>& lines() const { return lines_; }

 private:
  std::vector<spdlog::sink_ptr> before_;
  std::vector<std::string> lines_;
};

/// The last line of a program on stderr, whatever the verbosity: "trainer: error: no such file" (without "error: "
/// below level err), or an object of the JSON format with the field "program".
void print_last_line(const std::string& program, spdlog::level::level_enum level, const std::string& text,
                     LogFormat format);

/// Writes out what is buffered.
void flush_logs();

/// Shows `line` below everything that is logged, on a terminal; it replaces the one before, and an empty one removes
/// it. A line that is logged meanwhile comes above it. Use Progress.
void show_status_line(const std::string& line);

/// Whether colours may be printed to this stream (STDOUT_FILENO, STDERR_FILENO): a terminal, whose TERM is neither
/// missing nor "dumb", with NO_COLOR not set or empty (https://no-color.org).
bool colours_wanted(int stream);

/// Columns of the terminal that is stderr; 80 where that is not known.
std::size_t terminal_columns();

/// True after start_logging without --quiet and in the format text, where stderr is a terminal that can redraw a line:
/// the place for progress bars.
bool progress_bars_wanted();

/// The verbosity set by start_logging (normal before that).
Verbosity log_verbosity();

/// The format set by start_logging (text before that).
LogFormat log_format();

}  // namespace soundfold
