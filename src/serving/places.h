// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "serving/settings.h"

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <set>

namespace soundfold::serving {

/// Lets a bounded number of requests in, and fewer of them compute at once, in the order in which they are ready to.
class Places {
 public:
  /// `computing` at once, and `waiting` more: for their bodies, or for their turn.
  Places(int computing, int waiting);

  /// The place of one request, until its end. Belongs to one thread.
  class Place {
   public:
    /// Throws Refusal: 429 when all places are taken, 503 after close().
    explicit Place(Places& places);
    ~Place();
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    /// Waits for its turn to compute, which it has until its end. Throws Refusal 503 when `deadline` comes first.
    void wait_for_turn(Deadline deadline);

   private:
    Places& places_;
    bool computes_ = false;
  };

  /// Lets nobody in from here on; who is in may finish.
  void close();
  bool is_closed() const;
  int computing() const;
  /// Requests that are let in and do not compute yet.
  int waiting() const;

 private:
  const int most_computing_, most_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::set<std::uint64_t> line_;  ///< tickets of those who wait for their turn
  std::uint64_t next_ticket_ = 0;
  int taken_ = 0, computing_ = 0;
  bool closed_ = false;
};

}  // namespace soundfold::serving
