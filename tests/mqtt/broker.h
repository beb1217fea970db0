// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "testing/running_program.h"
#include "testing/testing.h"

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

struct mosquitto;

namespace soundfold::testing {

/// Skips the case when there is no mosquitto; true then, outside of ctest.
bool skipped_without_broker();

/// Calls `holds` until it does, at most 30 s; whether it did.
bool wait_until(const std::function<bool()>& holds);

/// A port of 127.0.0.1 that nothing listens at.
int free_port();

/// A mosquitto of this test's own, at a free port of 127.0.0.1, which keeps nothing on disk.
class Broker {
 public:
  /// `settings` are lines of mosquitto.conf; without any everybody may do everything.
  explicit Broker(std::string settings = "allow_anonymous true\n", int port = free_port());

  int port() const { return port_; }
  /// Returns once it answers.
  void start();
  void stop();

 private:
  TempFolder folder_;
  std::string settings_;
  int port_;
  std::unique_ptr<RunningProgram> program_;
};

struct SeenMessage {
  std::string topic, payload;
  bool retained = false;  ///< it was there before
  bool operator==(const SeenMessage& other) const {
    return topic == other.topic && payload == other.payload && retained == other.retained;
  }
};

/// A subscriber of all topics.
class Observer {
 public:
  /// Subscribed when it returns.
  explicit Observer(int port);
  ~Observer();
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;

  /// Until this topic has had this payload since the last forget(), at most 30 s; whether it had.
  bool sees(const std::string& topic, const std::string& payload);
  const std::vector<SeenMessage>& messages() const { return messages_; }
  /// All payloads of a topic, in order.
  std::vector<std::string> payloads(const std::string& topic) const;
  void forget() { messages_.clear(); }

 private:
  bool loop_until(const std::function<bool()>& holds);

  mosquitto* client_;
  std::vector<SeenMessage> messages_;
};

/// The newest retained payload of every topic.
std::map<std::string, std::string> retained_messages(int port);

/// While it lives, keeps the log's lines.
class LogLines {
 public:
  LogLines();
  ~LogLines();
  LogLines(const LogLines&) = delete;
  LogLines& operator=(const LogLines&) = delete;
  /// How many lines above debug hold `text`.
  std::size_t count(const std::string& text) const;
  std::string all() const;

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

}  // namespace soundfold::testing
