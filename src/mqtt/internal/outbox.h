// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <vector>

namespace soundfold::mqtt {

/// setup: what every connection begins with, and "offline". state: ON or OFF, worthless once the connection is lost,
/// since the next one begins with the states then. event: kept until the broker has it.
enum class MessageKind { setup, state, event };

struct Message {
  MessageKind kind = MessageKind::event;
  std::string topic, payload;
  bool retain = false;
  int id = 0;  ///< of libmosquitto, once it was sent
};

/// The messages that the broker does not have yet, in their order. For one thread at a time.
class Outbox {
 public:
  /// Messages that are sent before the first of them is acknowledged; libmosquitto's own default.
  static constexpr std::size_t kWindow = 20;

  explicit Outbox(std::size_t event_limit) : event_limit_(event_limit) {}

  /// Adds at the end. Without a connection only events are kept. Above event_limit the oldest event that is not on its
  /// way is dropped.
  void add(Message message);
  /// A new connection: `setup` goes before the events that there are, all of which are sent (again).
  void connect(std::vector<Message> setup);
  /// The connection is lost: only events are kept.
  void disconnect();
  bool connected() const { return connected_; }

  /// The next message to send, which then counts as sent; null when there is none, or kWindow are not acknowledged.
  const Message* take();
  /// The one last taken has this id.
  void set_id(int id);
  /// The one last taken cannot be sent, ever: forgets it.
  void discard();
  /// The broker has the message of this id.
  void acknowledge(int id);

  bool empty() const { return messages_.empty(); }
  std::size_t event_count() const { return event_count_; }
  std::size_t dropped_count() const { return dropped_count_; }  ///< since reset_dropped_count()
  void reset_dropped_count() { dropped_count_ = 0; }

 private:
  void erase(std::size_t index);

  std::deque<Message> messages_;
  std::size_t sent_count_ = 0;  // of messages_, at its front
  std::size_t event_count_ = 0, event_limit_, dropped_count_ = 0;
  bool connected_ = false;
};

}  // namespace soundfold::mqtt
