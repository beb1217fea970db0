// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "testing/testing.h"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace soundfold::testing {

/// Path of Chromium, or of a browser that takes its options; "" when there is none in PATH.
std::string chromium();

/// Chromium without a window, driven by its DevTools protocol over a pipe
/// (https://chromedevtools.github.io/devtools-protocol/).
class Browser {
 public:
  /// Throws when it does not start.
  explicit Browser(const std::vector<std::string>& more_arguments = {});
  ~Browser();
  Browser(const Browser&) = delete;
  Browser& operator=(const Browser&) = delete;

  /// Opens a page of that size in pixels and waits until it is loaded. Its errors and warnings are kept.
  void open(const std::string& address, int width, int height);
  /// The value of an expression (a promise is waited for), as if a person had asked for it.
  nlohmann::json value(const std::string& expression);
  /// Lines of the page's console, and scripts' uncaught errors.
  const std::vector<std::string>& complaints() const { return complaints_; }

  /// The result of a command of the protocol. Throws for its errors.
  nlohmann::json call(const std::string& method, const nlohmann::json& parameters);

 private:
  nlohmann::json next_message();
  void keep_complaint(const nlohmann::json& message);

  TempFolder profile_;
  int process_ = -1, to_ = -1, from_ = -1;
  std::string received_, session_;
  std::vector<std::string> complaints_;
  int last_call_ = 0;
};

}  // namespace soundfold::testing
