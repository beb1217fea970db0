// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mqtt/internal/connection.h"
#include "mqtt/internal/discovery.h"
#include "mqtt/internal/outbox.h"
#include "mqtt/internal/topics.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace soundfold::mqtt {

struct SenderSettings {
  Broker broker;
  Topics topics;
  std::optional<Discovery> discovery;
  std::size_t event_limit = 1000;
  double level_interval_s = 1;
};

/// What is to be sent, given by any thread, and the work of the thread that sends it.
class Sender {
 public:
  explicit Sender(SenderSettings settings);
  ~Sender();
  Sender(const Sender&) = delete;
  Sender& operator=(const Sender&) = delete;

  /// An event of a class begins or ends.
  void set_state(std::size_t class_index, bool begins);
  void add_event(const std::string& json);
  void set_level(float level_dbfs);
  /// Lets run() end, and waits for that for `limit_s`. False: it is still held up in connecting; it then logs nothing
  /// any more.
  bool stop(double limit_s);
  bool connected() const;

  /// Connects, sends, and connects again until stop().
  void run();

 private:
  using Clock = std::chrono::steady_clock;

  void run_connection();
  void announce(Connection& connection);
  void send_due(Connection& connection);
  void send_level(Connection& connection);
  int milliseconds_to_wait() const;
  bool pause(double seconds);
  bool stopping() const;
  bool finished(bool announced) const;
  void clear_unknown(const std::string& topic, const std::string& payload);
  void publish_state(const std::string& topic, bool on);
  std::vector<Message> setup_messages() const;
  void wake() const;
  void warn_once(const std::string& text);
  void after_connection(Clock::duration lasted);

  const SenderSettings settings_;
  int wake_fd_ = -1;
  std::atomic<bool> abandoned_{false};

  mutable std::mutex mutex_;
  std::condition_variable ended_changed_;
  Outbox outbox_;                    // from here on under mutex_
  std::vector<int> active_;          // events under way, by class
  std::optional<float> level_dbfs_;  // not sent yet
  bool stopping_ = false, ended_ = false;
  Clock::time_point deadline_{};  // of stopping

  Clock::time_point level_due_{};  // from here on of the sending thread alone
  std::set<std::string> told_;     // warnings since the last connection that lasted
  bool told_connected_ = false;
  int short_connections_ = 0;
};

}  // namespace soundfold::mqtt
