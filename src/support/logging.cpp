// SPDX-License-Identifier: Apache-2.0
#include "support/logging.h"

#include "support/errors.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <unistd.h>

#include <memory>

namespace soundfold {
namespace {

Verbosity current_verbosity = Verbosity::normal;

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

}  // namespace

void start_logging(Verbosity verbosity) {
  current_verbosity = verbosity;
  auto console = std::make_shared<spdlog::sinks::stderr_color_sink_mt>();
  console->set_level(console_level(verbosity));
  console->set_pattern(verbosity == Verbosity::verbose ? "%T.%e %^%l%$ %v" : "%^%v%$");
  auto logger = std::make_shared<spdlog::logger>("soundfold", console);
  logger->set_level(spdlog::level::debug);
  logger->flush_on(spdlog::level::warn);
  spdlog::set_default_logger(std::move(logger));
}

void also_log_to(const std::filesystem::path& path) {
  try {
    auto file = std::make_shared<spdlog::sinks::basic_file_sink_mt>(path.string());
    file->set_level(spdlog::level::debug);
    file->set_formatter(
        std::make_unique<spdlog::pattern_formatter>("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc));
    spdlog::default_logger()->sinks().push_back(std::move(file));
  } catch (const spdlog::spdlog_ex& error) {
    throw DataError("cannot write the log " + path.string() + ": " + error.what());
  }
}

void flush_logs() {
  spdlog::default_logger()->flush();
}

bool progress_bars_wanted() {
  return current_verbosity != Verbosity::quiet && isatty(STDERR_FILENO) != 0;
}

Verbosity log_verbosity() {
  return current_verbosity;
}

}  // namespace soundfold
