// SPDX-License-Identifier: Apache-2.0
#include "mqtt/internal/discovery.h"

#include "support/version.h"

#include <nlohmann/json.hpp>

namespace soundfold::mqtt {

Discovery make_discovery(const MqttOptions& options, const Topics& topics, const std::vector<std::string>& class_names,
                         const std::string& model) {
  using nlohmann::json;
  const auto node = node_id(options);
  const json common{{"availability_topic", topics.available},
                    {"device",
                     {{"identifiers", json::array({node})},
                      {"name", options.name},
                      {"manufacturer", "Soundfold"},
                      {"model", model},
                      {"sw_version", version()}}},
                    {"origin", {{"name", "Soundfold"}, {"sw_version", version()}}}};

  Discovery discovery;
  discovery.filter = options.discovery_prefix + "/+/" + node + "/+/config";
  const auto add = [&](const std::string& component, const std::string& object, json entity) {
    entity.update(common);
    entity["unique_id"] = node + "_" + object;
    discovery.messages.push_back({MessageKind::setup,
                                  options.discovery_prefix + "/" + component + "/" + node + "/" + object + "/config",
                                  entity.dump(-1, ' ', false, json::error_handler_t::replace), true});
  };
  const auto ids = object_ids(class_names);
  for (std::size_t k = 0; k < ids.size(); ++k) {
    add("binary_sensor", ids[k],
        {{"name", class_names[k]}, {"state_topic", topics.classes[k]}, {"device_class", "sound"}, {"qos", 1}});
  }
  add("sensor", "dBFS",
      {{"name", "Level"},
       {"state_topic", topics.level},
       {"unit_of_measurement", "dBFS"},
       {"state_class", "measurement"}});
  return discovery;
}

}  // namespace soundfold::mqtt
