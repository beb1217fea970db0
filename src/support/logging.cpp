// SPDX-License-Identifier: Apache-2.0
#include "support/logging.h"

#include "support/errors.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/dist_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <unistd.h>

#include <memory>
#include <mutex>
#include <utility>

namespace soundfold {
namespace {

Verbosity current_verbosity = Verbosity::normal;
bool logging_started = false;

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

}  // namespace

spdlog::logger& logger() {
  return *own_logger();
}

void set_log_sink(LogSink sink) {
  function_sink()->give_to(std::move(sink));
}

void start_logging(Verbosity verbosity) {
  current_verbosity = verbosity;
  logging_started = true;
  auto console = std::make_shared<spdlog::sinks::stderr_color_sink_mt>();
  console->set_level(console_level(verbosity));
  console->set_pattern(verbosity == Verbosity::verbose ? "%T.%e %^%l%$ %v" : "%^%v%$");
  all_sinks()->set_sinks({function_sink(), std::move(console)});
  spdlog::set_default_logger(own_logger());
}

LogFile::LogFile(const std::filesystem::path& path) {
  try {
    sink_ = std::make_shared<spdlog::sinks::basic_file_sink_mt>(path.string());
    sink_->set_level(spdlog::level::debug);
    sink_->set_formatter(
        std::make_unique<spdlog::pattern_formatter>("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc));
    all_sinks()->add_sink(sink_);
  } catch (const spdlog::spdlog_ex& error) {
    throw DataError("cannot write the log " + path.string() + ": " + error.what());
  }
}

LogFile::~LogFile() {
  all_sinks()->remove_sink(sink_);
}

void flush_logs() {
  logger().flush();
}

bool progress_bars_wanted() {
  return logging_started && current_verbosity != Verbosity::quiet && isatty(STDERR_FILENO) != 0;
}

Verbosity log_verbosity() {
  return current_verbosity;
}

}  // namespace soundfold
