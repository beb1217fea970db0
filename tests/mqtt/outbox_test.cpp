// SPDX-License-Identifier: Apache-2.0
#include "mqtt/internal/outbox.h"

#include <catch2/catch.hpp>

using namespace soundfold;
using mqtt::Message;
using mqtt::MessageKind;
using mqtt::Outbox;

namespace {

Message message_of(MessageKind kind, const std::string& payload) {
  return {kind, "topic", payload, false};
}

Message event_of(int number) {
  return message_of(MessageKind::event, std::to_string(number));
}

/// Sends what may be sent, with ids from `first_id` on.
std::vector<std::string> send_all(Outbox& outbox, int first_id = 1) {
  std::vector<std::string> payloads;
  while (const auto* message = outbox.take()) {
    payloads.push_back(message->payload);
    outbox.set_id(first_id++);
  }
  return payloads;
}

using Payloads = std::vector<std::string>;

}  // namespace

TEST_CASE("without a connection events are kept, and nothing is sent", "[mqtt]") {
  Outbox outbox(10);
  outbox.add(event_of(1));
  outbox.add(message_of(MessageKind::state, "ON"));
  CHECK(outbox.take() == nullptr);
  outbox.connect({message_of(MessageKind::setup, "online")});
  outbox.add(message_of(MessageKind::state, "OFF"));
  CHECK(send_all(outbox) == Payloads{"online", "1", "OFF"});
  CHECK_FALSE(outbox.empty());
  for (const int id : {2, 1, 3, 3, 77}) outbox.acknowledge(id);
  CHECK(outbox.empty());
  CHECK(outbox.event_count() == 0);
}

TEST_CASE("what the broker did not acknowledge is sent at the next connection, events only", "[mqtt]") {
  Outbox outbox(10);
  outbox.connect({});
  outbox.add(event_of(1));
  outbox.add(message_of(MessageKind::state, "ON"));
  outbox.add(event_of(2));
  outbox.add(event_of(3));
  CHECK(send_all(outbox).size() == 4);
  outbox.acknowledge(1);
  outbox.disconnect();
  CHECK_FALSE(outbox.connected());
  outbox.acknowledge(3);  // of a connection that is gone
  outbox.connect({message_of(MessageKind::setup, "online")});
  CHECK(send_all(outbox, 3) == Payloads{"online", "2", "3"});
  outbox.acknowledge(4);
  CHECK(outbox.event_count() == 1);
}

TEST_CASE("a window of messages is on its way, not more", "[mqtt]") {
  Outbox outbox(1000);
  outbox.connect({});
  for (int i = 0; i < 50; ++i) outbox.add(event_of(i));
  CHECK(send_all(outbox).size() == Outbox::kWindow);
  outbox.acknowledge(5);
  CHECK(send_all(outbox, 100) == Payloads{"20"});
}

TEST_CASE("above the limit the oldest event that is not on its way is dropped", "[mqtt]") {
  Outbox outbox(3);
  for (int i = 0; i < 5; ++i) outbox.add(event_of(i));
  CHECK(outbox.dropped_count() == 2);
  outbox.reset_dropped_count();
  outbox.connect({});
  CHECK(send_all(outbox) == Payloads{"2", "3", "4"});
  outbox.add(message_of(MessageKind::state, "ON"));
  outbox.add(event_of(5));  // only itself can go
  CHECK(outbox.dropped_count() == 1);
  CHECK(send_all(outbox, 10) == Payloads{"ON"});
  CHECK(outbox.event_count() == 3);
}

TEST_CASE("a message that can never be sent is forgotten", "[mqtt]") {
  Outbox outbox(3);
  outbox.connect({});
  outbox.add(event_of(1));
  outbox.add(event_of(2));
  CHECK(outbox.take()->payload == "1");
  outbox.discard();
  CHECK(outbox.event_count() == 1);
  CHECK(send_all(outbox) == Payloads{"2"});
}
