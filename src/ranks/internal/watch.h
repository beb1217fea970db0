// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ranks/internal/meeting.h"

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace soundfold::ranks {

/// Which rank is missing, and why.
struct Loss {
  int rank = -1;       ///< -1: none is, but the connection is broken
  std::string reason;  ///< "is missing: ...", "ended: ..."
};

/// Signs of life. A thread of its own counts up this rank's number in the meeting, twice a second, and looks at those
/// of others: rank 0 at all of them, the others at rank 0's and at what rank 0 found. Who does not count up any more is
/// missing; where a connection has broken, that is decided sooner. Who leaves with an error says so first.
class Watch {
 public:
  Watch(Meeting& meeting, const Place& place, const Patience& patience);
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  /// What is known so far.
  std::optional<Loss> loss();
  /// An operation failed with `error`: says so to rank 0 and waits for its finding.
  Loss find_cause(const std::string& error);
  /// Leaves: with a `reason` to end early, which the others are told. Rank 0, which serves the meeting, then stays
  /// until they have read it.
  void leave(const std::string& reason);
  /// Whether the meeting does not answer: what uses it would wait for ever.
  bool is_stuck();

 private:
  void beat();
  void look();
  void look_at(int rank, std::chrono::milliseconds limit);
  void settle(const Loss& loss);
  void wait_for_readers();

  struct Sign {
    std::string count;
    std::chrono::steady_clock::time_point changed = std::chrono::steady_clock::now();
  };

  Meeting& meeting_;
  const Place place_;
  const Patience patience_;
  std::map<int, Sign> signs_;  ///< of the beating thread alone
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Loss> loss_;
  std::chrono::steady_clock::time_point answered_ = std::chrono::steady_clock::now();  ///< by the meeting, last
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace soundfold::ranks
