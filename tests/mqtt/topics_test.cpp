// SPDX-License-Identifier: Apache-2.0
#include "mqtt/internal/topics.h"

#include <catch2/catch.hpp>

#include <set>

using namespace soundfold;
using Names = std::vector<std::string>;

TEST_CASE("class names become levels of topics", "[mqtt]") {
  CHECK(mqtt::topic_labels({"dog", "Fire alarm", "a/b+c#d", "Hündin", "", "tab\there"}) ==
        Names{"dog", "Fire_alarm", "a_b_c_d", "Hündin", "_", "tab_here"});
  CHECK(mqtt::topic_labels({"H\xfcndin", "\xed\xa0\x80"}) == Names{"H_ndin", "___"});  // Latin-1; a surrogate
}

TEST_CASE("class names become Home Assistant's identifiers", "[mqtt]") {
  CHECK(mqtt::object_ids({"dog-2", "Fire alarm", "Hündin", "a.b"}) == Names{"dog-2", "Fire_alarm", "H__ndin", "a_b"});
}

TEST_CASE("class names that become the same stay different, in any order", "[mqtt]") {
  const Names names{"a b", "a_b", "all", "狗", "猫", "dBFS"};
  const auto ids = mqtt::object_ids(names);
  CHECK(std::set<std::string>(ids.begin(), ids.end()).size() == names.size());
  for (const auto& id : ids) {
    INFO(id);
    CHECK(id.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") ==
          std::string::npos);
  }
  CHECK(ids[2].rfind("all_", 0) == 0);
  CHECK(ids[5].rfind("dBFS_", 0) == 0);
  CHECK(mqtt::object_ids({names.rbegin(), names.rend()}) == Names{ids.rbegin(), ids.rend()});
  CHECK(mqtt::topic_labels(names)[3] == "狗");
}

TEST_CASE("topics lie below topic and name", "[mqtt]") {
  mqtt::MqttOptions options;
  options.topic = "home/sound";
  options.name = "yard";
  const auto topics = mqtt::make_topics(options, {"dog"});
  CHECK(topics.base == "home/sound/yard");
  CHECK(topics.available == "home/sound/yard/available");
  CHECK(topics.events == "home/sound/yard/events");
  CHECK(topics.level == "home/sound/yard/audio/dBFS");
  CHECK(topics.all == "home/sound/yard/audio/all");
  CHECK(topics.classes == Names{"home/sound/yard/audio/dog"});
  CHECK(mqtt::node_id(options).rfind("home_sound_yard_", 0) == 0);
  CHECK(mqtt::node_id({}) == "soundfold_listener");
}
