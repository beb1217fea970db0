// SPDX-License-Identifier: Apache-2.0
#include "support/logging.h"

#include "support/errors.h"

#include <nlohmann/json.hpp>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/dist_sink.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace soundfold {
namespace {

constexpr const char* kUtcTime = "%Y-%m-%dT%H:%M:%S.%eZ";
constexpr const char* kClearLine = "\r\033[K";
constexpr const char* kPlainAgain = "\033[m";

Verbosity current_verbosity = Verbosity::normal;
bool logging_started = false;
LogFormat current_format = LogFormat::text;

using Fields = std::vector<std::pair<std::string, std::string>>;
thread_local Fields fields_of_thread;

spdlog::level::level_enum console_level(Verbosity verbosity) {
  switch (verbosity) {
    case Verbosity::quiet:
      return spdlog::level::warn;
    case Verbosity::normal:
      return spdlog::level::info;
    case Verbosity::verbose:
      return spdlog::level::debug;
  }
  return spdlog::level::info;
}

/// Standard error: lines, and below them one line that is redrawn.
class Console {
 public:
  /// `lines` end with a line break.
  void write(const std::string& lines) {
    const std::lock_guard lock(mutex_);
    put(status_.empty() ? lines : kClearLine + lines + status_);
  }
  void set_status(const std::string& line) {
    const std::lock_guard lock(mutex_);
    if (line.empty() && status_.empty()) return;
    status_ = line;
    put(kClearLine + line);
  }
  void set_run(std::string folder) {
    const std::lock_guard lock(mutex_);
    run_ = std::move(folder);
  }
  std::string run() {
    const std::lock_guard lock(mutex_);
    return run_;
  }

 private:
  static void put(const std::string& bytes) {  // at once, so that nothing of other processes comes between
    std::fwrite(bytes.data(), 1, bytes.size(), stderr);
    std::fflush(stderr);
  }
  std::mutex mutex_;
  std::string status_;
  std::string run_;
};

Console& console() {
  static Console made;
  return made;
}

std::string json_line(std::string_view level, std::string_view message, spdlog::log_clock::time_point time,
                      const Fields& more) {
  spdlog::pattern_formatter clock(kUtcTime, spdlog::pattern_time_type::utc, "");
  spdlog::memory_buf_t stamp;
  spdlog::details::log_msg now(time, spdlog::source_loc{}, "", spdlog::level::info, "");
  clock.format(now, stamp);
  nlohmann::ordered_json line = {
      {"time", std::string(stamp.data(), stamp.size())}, {"level", level}, {"message", message}};
  if (const auto run = console().run(); !run.empty()) line["run"] = run;
  for (const auto& [name, value] : more) line[name] = value;
  return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

const char* colour_of(spdlog::level::level_enum level) {
  if (level >= spdlog::level::err) return "\033[1;31m";
  if (level == spdlog::level::warn) return "\033[33m";
  return level < spdlog::level::info ? "\033[2m" : "";
}

/// Log lines to the console, in either format.
class ConsoleSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit ConsoleSink(LogFormat format) : json_(format == LogFormat::json), colours_(colours_wanted(STDERR_FILENO)) {}

 protected:
  void sink_it_(const spdlog::details::log_msg& line) override {
    if (json_) {
      const auto level = spdlog::level::to_string_view(line.level);
      console().write(json_line({level.data(), level.size()}, {line.payload.data(), line.payload.size()}, line.time,
                                fields_of_thread));
      return;
    }
    spdlog::memory_buf_t text;
    formatter_->format(line, text);
    std::string shown(text.data(), text.size());
    if (colours_ && line.color_range_end > line.color_range_start && *colour_of(line.level) != '\0') {
      shown.insert(line.color_range_end, kPlainAgain);
      shown.insert(line.color_range_start, colour_of(line.level));
    }
    console().write(shown);
  }
  void flush_() override {}

 private:
  bool json_;
  bool colours_;
};

/// Gives lines to a function that may be exchanged at any time.
class FunctionSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  void give_to(LogSink taker) {
    const std::lock_guard lock(mutex_);
    taker_ = std::move(taker);
  }

 protected:
  void sink_it_(const spdlog::details::log_msg& line) override {
    if (!taker_) return;
    try {
      taker_(line.level, {line.payload.data(), line.payload.size()});
    } catch (...) {  // a line lost is better than work lost; spdlog itself would print to stderr
    }
  }
  void flush_() override {}

 private:
  LogSink taker_;
};

const std::shared_ptr<FunctionSink>& function_sink() {
  static const auto sink = std::make_shared<FunctionSink>();
  return sink;
}

/// Gives the lines on to all that get them, which may change while other threads log.
const std::shared_ptr<spdlog::sinks::dist_sink_mt>& all_sinks() {
  static const auto sinks = [] {
    auto made = std::make_shared<spdlog::sinks::dist_sink_mt>();
    made->add_sink(function_sink());
    return made;
  }();
  return sinks;
}

const std::shared_ptr<spdlog::logger>& own_logger() {
  static const auto made = [] {
    auto silent = std::make_shared<spdlog::logger>("soundfold", all_sinks());
    silent->set_level(spdlog::level::debug);
    silent->flush_on(spdlog::level::warn);
    return silent;
  }();
  return made;
}

bool is_capable_terminal(int stream) {
  const char* kind = std::getenv("TERM");
  return isatty(stream) != 0 && kind != nullptr && *kind != '\0' && std::string_view(kind) != "dumb";
}

}  // namespace

spdlog::logger& logger() {
  return *own_logger();
}

void set_log_sink(LogSink sink) {
  function_sink()->give_to(std::move(sink));
}

void start_logging(Verbosity verbosity, LogFormat format) {
  current_verbosity = verbosity;
  current_format = format;
  logging_started = true;
  auto sink = std::make_shared<ConsoleSink>(format);
  sink->set_level(console_level(verbosity));
  sink->set_pattern(verbosity == Verbosity::verbose ? "%T.%e %^%l%$ %v" : "%^%v%$");
  all_sinks()->set_sinks({function_sink(), std::move(sink)});
  spdlog::set_default_logger(own_logger());
}

KeptLog::KeptLog() : before_(all_sinks()->sinks()) {
  auto sink = std::make_shared<FunctionSink>();
  sink->give_to([this](spdlog::level::level_enum level, std::string_view line) {
    if (level >= spdlog::level::info) lines_.emplace_back(line);
  });
  all_sinks()->set_sinks({std::move(sink)});
}

KeptLog::~KeptLog() {
  all_sinks()->set_sinks(before_);
}

LogFile::LogFile(const std::filesystem::path& path) {
  try {
    sink_ = std::make_shared<spdlog::sinks::basic_file_sink_mt>(path.string());
    sink_->set_level(spdlog::level::debug);
    sink_->set_formatter(
        std::make_unique<spdlog::pattern_formatter>(std::string(kUtcTime) + " %l %v", spdlog::pattern_time_type::utc));
    all_sinks()->add_sink(sink_);
    console().set_run(path.parent_path().string());
  } catch (const spdlog::spdlog_ex& error) {
    throw DataError("cannot write the log " + path.string() + ": " + error.what());
  }
}

LogFile::~LogFile() {
  all_sinks()->remove_sink(sink_);
  console().set_run("");
}

void LogFile::add(spdlog::level::level_enum level, const std::string& line) const {
  sink_->log(spdlog::details::log_msg(logger().name(), level, line));
  sink_->flush();
}

LogField::LogField(std::string name, std::string value) {
  fields_of_thread.emplace_back(std::move(name), std::move(value));
}

LogField::~LogField() {
  fields_of_thread.pop_back();
}

void print_last_line(const std::string& program, spdlog::level::level_enum level, const std::string& text,
                     LogFormat format) {
  flush_logs();
  const bool is_error = level >= spdlog::level::err;
  if (format == LogFormat::text) return console().write(program + (is_error ? ": error: " : ": ") + text + "\n");
  const auto name = spdlog::level::to_string_view(level);
  console().write(json_line({name.data(), name.size()}, text, spdlog::log_clock::now(), {{"program", program}}));
}

void flush_logs() {
  logger().flush();
}

void show_status_line(const std::string& line) {
  console().set_status(line);
}

bool colours_wanted(int stream) {
  const char* refused = std::getenv("NO_COLOR");
  return is_capable_terminal(stream) && (refused == nullptr || *refused == '\0');
}

std::size_t terminal_columns() {
  winsize size{};
  const bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : 80;
}

bool progress_bars_wanted() {
  return logging_started && current_verbosity != Verbosity::quiet && current_format == LogFormat::text &&
         is_capable_terminal(STDERR_FILENO);
}

Verbosity log_verbosity() {
  return current_verbosity;
}

LogFormat log_format() {
  return current_format;
}

}  // namespace soundfold
