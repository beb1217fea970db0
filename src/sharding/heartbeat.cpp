// SPDX-License-Identifier: Apache-2.0
#include "sharding/heartbeat.h"

#include "support/errors.h"
#include "support/files.h"
#include "support/logging.h"
#include "support/threads.h"

#include <nlohmann/json.hpp>

#include <array>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <utility>

namespace soundfold::sharding {
namespace {

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  std::array<char, 32> text{};
  if (gmtime_r(&now, &parts) == nullptr) return {};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

}  // namespace

WriteLine lines_to(const std::string& name) {
  if (name.empty()) return {};
  if (name != "-") return [name](const std::string& line) { append_line(name, line); };
  return [](const std::string& line) {
    std::puts(line.c_str());
    std::fflush(stdout);
  };
}

Heartbeat::Heartbeat(WriteLine write, const shards::ShardNumber& shard, std::int64_t total,
                     std::chrono::milliseconds interval)
    : write_(std::move(write)),
      shard_(shard),
      total_(total),
      interval_(interval),
      start_(std::chrono::steady_clock::now()) {
  if (!write_) return;
  write_line("running");
  thread_ = start_thread([this] { work(); });
}

Heartbeat::~Heartbeat() {
  finish("failed");
}

void Heartbeat::note(std::int64_t done, std::int64_t bad) {
  const std::lock_guard lock(mutex_);
  done_ = done;
  bad_ = bad;
}

void Heartbeat::finish(const std::string& state) {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(finished_, true)) return;
    if (write_) write_line(state);
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Heartbeat::work() {
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, interval_, [&] { return finished_; })) write_line("running");
}

void Heartbeat::write_line(const std::string& state) {
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  const double rate = seconds > 0 ? std::round(static_cast<double>(done_) / seconds * 10) / 10 : 0;
  const nlohmann::ordered_json line = {{"time", utc_now()}, {"shard", shard_.index}, {"shards", shard_.count},
                                       {"state", state},    {"done", done_},         {"total", total_},
                                       {"bad", bad_},       {"clips_per_s", rate}};
  try {
    write_(line.dump());
  } catch (const DataError& error) {
    logger().warn("heartbeat: {}; no more of it", error.what());
    write_ = [](const std::string&) {};
  }
}

}  // namespace soundfold::sharding
