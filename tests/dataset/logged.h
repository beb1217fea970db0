// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <functional>
#include <memory>
#include <sstream>
#include <string>

namespace soundfold::testing {

/// What `body` logs, one line each as "[level] text".
inline std::string logged(const std::function<void()>& body) {
  std::ostringstream lines;
  const auto before = spdlog::default_logger();
  const auto logger =
      std::make_shared<spdlog::logger>("captured", std::make_shared<spdlog::sinks::ostream_sink_mt>(lines));
  logger->set_pattern("[%l] %v");
  spdlog::set_default_logger(logger);
  try {
    body();
  } catch (...) {
    spdlog::set_default_logger(before);
    throw;
  }
  spdlog::set_default_logger(before);
  return lines.str();
}

}  // namespace soundfold::testing
