// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/logging.h"

#include <functional>
#include <string>
#include <string_view>

namespace soundfold::testing {

/// What `body` logs, one line each as "[level] text".
inline std::string logged(const std::function<void()>& body) {
  struct Capture {
    std::string lines;
    Capture() {
      set_log_sink([this](spdlog::level::level_enum level, std::string_view line) {
        const auto name = spdlog::level::to_string_view(level);
        lines += "[" + std::string(name.data(), name.size()) + "] " + std::string(line) + "\n";
      });
    }
    ~Capture() { set_log_sink({}); }
  } capture;
  body();
  return capture.lines;
}

}  // namespace soundfold::testing
