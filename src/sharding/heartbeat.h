// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "shards/shard_number.h"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace soundfold::sharding {

/// Where lines go, without their line breaks; empty: nowhere.
using WriteLine = std::function<void(const std::string& line)>;

/// Lines to what embedder --heartbeat names: a file, to which each is appended; "-": standard output; "": nowhere.
WriteLine lines_to(const std::string& name);

/// Says now and then how far a shard is, so that others can see that it is alive: one JSON object a line, {"time":
/// "2026-11-29T09:19:33Z", "shard": 3, "shards": 8, "state": "running", "done": 120, "total": 250, "bad": 0,
/// "clips_per_s": 23.1}. The state is "running", and in the last line what finish() was given, or "failed".
class Heartbeat {
 public:
  Heartbeat(WriteLine write, const shards::ShardNumber& shard, std::int64_t total, std::chrono::milliseconds interval);
  /// Writes the last line when finish() was not called.
  ~Heartbeat();
  Heartbeat(const Heartbeat&) = delete;
  Heartbeat& operator=(const Heartbeat&) = delete;

  /// Clips finished, and bad ones among them. Any thread may call it.
  void note(std::int64_t done, std::int64_t bad);
  void finish(const std::string& state);

 private:
  void work();
  void write_line(const std::string& state);  ///< while mutex_ is held

  WriteLine write_;
  shards::ShardNumber shard_;
  std::int64_t total_;
  std::chrono::milliseconds interval_;
  std::chrono::steady_clock::time_point start_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::int64_t done_ = 0;
  std::int64_t bad_ = 0;
  bool finished_ = false;
  std::thread thread_;
};

}  // namespace soundfold::sharding
