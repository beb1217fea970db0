// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>

struct mosquitto;
struct mosquitto_message;

namespace soundfold::mqtt {

/// A broker, and how it is spoken to.
struct Broker {
  std::string host;
  int port = 0;
  std::string client_id, user, password, ca_file;
  std::string will_topic;  ///< gets "offline", retained, when the connection breaks

  std::string address() const { return host + ":" + std::to_string(port); }
};

/// One connection, used by one thread, and of no more use once it failed. A connection that broke is replaced by a new
/// one, so that libmosquitto keeps no messages of its own beside the outbox.
class Connection {
 public:
  struct Events {
    std::function<void(int id)> acknowledged;
    /// A retained message of the topics subscribed to.
    std::function<void(const std::string& topic, const std::string& payload)> retained;
  };
  Connection(const Broker& broker, Events events);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Looks the host up and connects to it: this waits, minutes where packets vanish. False: see fault().
  bool open();
  /// Waits up to `timeout_ms` for the network or until `wake_fd` (an eventfd, which it reads) is written to, then does
  /// what is due. False: the connection is lost, or the broker refused it; see fault().
  bool step(int wake_fd, int timeout_ms);
  /// Whether the broker has accepted it.
  bool accepted() const { return accepted_; }

  /// The id by which it is acknowledged; below 0: the connection is lost, which the next step reports; 0: it can never
  /// be sent, see fault().
  int publish(const std::string& topic, const std::string& payload, int qos, bool retain);
  void subscribe(const std::string& filter);
  /// Says good-bye, so that the broker publishes no will.
  void close();

  /// One line without a full stop.
  const std::string& fault() const { return fault_; }

 private:
  void set_fault(int error);
  void set_refusal(int reason);
  void set_up_callbacks();

  struct Free {
    void operator()(mosquitto* client) const;
  };
  Broker broker_;
  Events events_;
  std::unique_ptr<mosquitto, Free> client_;
  bool accepted_ = false;
  std::string fault_, library_error_;
};

}  // namespace soundfold::mqtt
