// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>

namespace soundfold {

/// The speed of work by its last half: what went fast at first (clips found in the store) is soon forgotten, and a
/// pause between long units is no standstill.
class WorkRate {
 public:
  /// `done` units are finished `seconds` after the start; both never fall. The work begins with `done` of the first
  /// call.
  void add(double seconds, std::int64_t done);
  /// Units per second; 0 as long as nothing is known.
  double per_second() const;

 private:
  struct Mark {
    double seconds;
    std::int64_t done;
  };
  std::deque<Mark> marks_;
};

/// "167 clips/s", "4.2 clips/s", "12.5 rounds/min", "3.1 MB/s" for the unit "bytes"; empty for 0.
std::string rate_text(double per_second, const std::string& unit);

/// "7 s", "3 min 20 s", "2 h 5 min".
std::string duration_text(double seconds);

/// Progress of long work on stderr, with rate and time left: on a terminal one line that is redrawn below the log
/// lines, otherwise a log line now and then (every 10 s at most), so that a file stays readable. Silent with --quiet.
/// Work that takes less than 0.1 s on a terminal, or 10 s elsewhere, leaves no line. Safe to call from several threads.
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
  /// Adds units that were finished before: they count as done, but not for the rate.
  void skip(std::int64_t count);
  /// A short text shown behind the bar, such as "loss 0.31".
  void set_note(std::string note);
  /// Leaves one line that says how long it took. Called by the destructor when not called before.
  void finish();

 private:
  double seconds() const;
  std::string amounts() const;
  std::string running_text() const;
  void draw();

  std::mutex mutex_;
  std::string what_;
  std::string unit_;
  std::string note_;
  std::int64_t total_;
  std::int64_t done_ = 0;
  std::int64_t skipped_ = 0;
  bool bar_;
  bool drawn_ = false;
  bool finished_ = false;
  WorkRate rate_;
  std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point last_drawn_;
};

}  // namespace soundfold
