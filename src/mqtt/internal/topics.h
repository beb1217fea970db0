// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mqtt/mqtt_options.h"

#include <string>
#include <vector>

namespace soundfold::mqtt {

/// The topics of one publisher.
struct Topics {
  std::string base;                  ///< soundfold/listener
  std::string available, events;     ///< base/available, base/events
  std::string level, all;            ///< base/audio/dBFS, base/audio/all
  std::vector<std::string> classes;  ///< [K]: base/audio/<label>
};

Topics make_topics(const MqttOptions& options, const std::vector<std::string>& class_names);

/// Each class name as one level of a topic: blanks, '/', '+', '#' and control characters become '_', and so does what
/// is beyond ASCII when the name is not UTF-8 that MQTT allows. Names that become the same, or one of the level's own
/// ("all", "dBFS", "rms"), get a digest of the name behind it, whatever the order of the classes.
std::vector<std::string> topic_labels(const std::vector<std::string>& class_names);

/// The same with the characters that Home Assistant allows in an identifier: A to Z, a to z, 0 to 9, '_' and '-'.
std::vector<std::string> object_ids(const std::vector<std::string>& class_names);

/// An identifier of topic and name together, of the same characters; with a digest when others had to be replaced.
std::string node_id(const MqttOptions& options);

}  // namespace soundfold::mqtt
