// SPDX-License-Identifier: Apache-2.0
#include "mqtt/internal/discovery.h"

#include "support/version.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace soundfold;
using nlohmann::json;

TEST_CASE("Home Assistant gets a binary sensor for each class and a sensor for the level", "[mqtt]") {
  const std::vector<std::string> names{"dog", "Fire alarm"};
  const mqtt::MqttOptions options;
  const auto discovery = mqtt::make_discovery(options, mqtt::make_topics(options, names), names, "model.safetensors");
  CHECK(discovery.filter == "homeassistant/+/soundfold_listener/+/config");
  REQUIRE(discovery.messages.size() == 3);
  for (const auto& message : discovery.messages) CHECK(message.retain);
  CHECK(discovery.messages[0].topic == "homeassistant/binary_sensor/soundfold_listener/dog/config");
  CHECK(discovery.messages[1].topic == "homeassistant/binary_sensor/soundfold_listener/Fire_alarm/config");
  CHECK(discovery.messages[2].topic == "homeassistant/sensor/soundfold_listener/dBFS/config");

  auto alarm = json::parse(R"({
    "name": "Fire alarm",
    "unique_id": "soundfold_listener_Fire_alarm",
    "device_class": "sound",
    "state_topic": "soundfold/listener/audio/Fire_alarm",
    "availability_topic": "soundfold/listener/available",
    "qos": 1,
    "device": {"identifiers": ["soundfold_listener"], "name": "listener", "manufacturer": "Soundfold",
               "model": "model.safetensors"},
    "origin": {"name": "Soundfold"}})");
  alarm["device"]["sw_version"] = version();
  alarm["origin"]["sw_version"] = version();
  CHECK(json::parse(discovery.messages[1].payload) == alarm);

  const auto level = json::parse(discovery.messages[2].payload);
  CHECK(level.at("unique_id") == "soundfold_listener_dBFS");
  CHECK(level.at("state_topic") == "soundfold/listener/audio/dBFS");
  CHECK(level.at("unit_of_measurement") == "dBFS");
  CHECK(level.at("state_class") == "measurement");
  CHECK(level.at("availability_topic") == "soundfold/listener/available");
  CHECK(level.at("device") == alarm.at("device"));
}

TEST_CASE("names that are not UTF-8 still make JSON", "[mqtt]") {
  const std::vector<std::string> names{"H\xfcndin"};
  const mqtt::MqttOptions options;
  const auto discovery = mqtt::make_discovery(options, mqtt::make_topics(options, names), names, "a\xff");
  CHECK(json::parse(discovery.messages[0].payload).at("name") == "H\xef\xbf\xbdndin");
}
