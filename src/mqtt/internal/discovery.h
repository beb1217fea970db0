// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mqtt/internal/outbox.h"
#include "mqtt/internal/topics.h"

#include <string>
#include <vector>

namespace soundfold::mqtt {

/// What Home Assistant learns of this publisher.
struct Discovery {
  std::vector<Message> messages;  ///< retained configurations: a binary sensor for each class, a sensor for the level
  std::string filter;             ///< matches their topics, and those of former models of the same topic and name
};

/// By https://www.home-assistant.io/integrations/mqtt/#mqtt-discovery.
Discovery make_discovery(const MqttOptions& options, const Topics& topics, const std::vector<std::string>& class_names,
                         const std::string& model);

}  // namespace soundfold::mqtt
