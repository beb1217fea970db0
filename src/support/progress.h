// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

namespace soundfold {

/// Progress of long work on stderr: a bar that redraws on a terminal; otherwise a log line now and then (every 10 s at
/// most), so that a file stays readable. Silent with --quiet. Safe to call from several threads.
class Progress {
 public:
  /// `what` names the work ("extracting"), `unit` what is counted ("clips"; "bytes" are shown as sizes).
  /// `total` 0 means unknown.
  Progress(std::string what, std::int64_t total, std::string unit);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Adds `count` finished units.
  void advance(std::int64_t count = 1);
  /// A short text shown behind the bar, such as "loss 0.31".
  void set_note(std::string note);
  /// Ends the bar's line. Called by the destructor when not called before.
  void finish();

 private:
  void draw(bool last);
  std::string amount(std::int64_t count) const;

  std::mutex mutex_;
  std::string what_;
  std::string unit_;
  std::string note_;
  std::int64_t total_;
  std::int64_t done_ = 0;
  bool bar_;
  bool finished_ = false;
  std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point last_drawn_;
};

}  // namespace soundfold
