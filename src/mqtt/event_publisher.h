// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "events/event_finder.h"
#include "mqtt/mqtt_options.h"

#include <memory>
#include <string>
#include <vector>

namespace soundfold::mqtt {

/// Publishes events and levels at a broker, on a thread of its own. No call but stop() waits for the network.
///
/// A broker that is missing, refuses or goes away is told of in the log, each reason once, and tried again after 1 to
/// 30 s, for as long as this lives. Meanwhile events are kept, up to event_limit. At every connection discovery, the
/// states of all classes and "online" are published, then the events that were kept. Events have QoS 1: after an outage
/// one may arrive twice.
class EventPublisher {
 public:
  /// Starts connecting. `model` is a line about the model, for people. Throws UsageError for options out of range, and
  /// DataError when password_file or ca_file cannot be read.
  EventPublisher(const MqttOptions& options, const std::vector<std::string>& class_names, const std::string& model);
  /// Stops.
  ~EventPublisher();
  EventPublisher(const EventPublisher&) = delete;
  EventPublisher& operator=(const EventPublisher&) = delete;

  /// The class's state, ON from `begun` to `ended`, and `json_line` as an event; an empty one is none.
  /// news.class_index is below the number of class names.
  void publish(const events::EventNews& news, const std::string& json_line);
  /// The level now; only the newest one is kept. A value that is not finite is left out.
  void publish_level(float level_dbfs);
  /// Publishes OFF for what is ON, then "offline", waits until the broker has all, at most stop_limit_s, and
  /// disconnects. Does not wait when there is no broker. What is published afterwards is ignored.
  void stop();

  /// Whether the broker has accepted the connection that there is.
  bool connected() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace soundfold::mqtt
