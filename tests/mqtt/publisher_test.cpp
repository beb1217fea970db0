// SPDX-License-Identifier: Apache-2.0
#include "mqtt/broker.h"
#include "mqtt/event_publisher.h"
#include "support/files.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <csignal>

using namespace soundfold;
using events::EventState;
using mqtt::EventPublisher;
using mqtt::MqttOptions;
using testing::Broker;
using testing::Observer;
using testing::SeenMessage;

namespace {

MqttOptions options_of(int port) {
  MqttOptions options;
  options.host = "127.0.0.1";
  options.port = port;
  return options;
}

events::EventNews news_of(std::size_t class_index, EventState state) {
  events::EventNews news;
  news.class_index = class_index;
  news.state = state;
  return news;
}

}  // namespace

TEST_CASE("events switch the states of their classes, and are published as they are", "[mqtt]") {
  if (testing::skipped_without_broker()) return;
  const Broker broker;
  auto options = options_of(broker.port());
  options.discovery = false;
  Observer observer(broker.port());
  EventPublisher publisher(options, {"dog", "Fire alarm"}, "");
  REQUIRE(observer.sees("soundfold/listener/available", "online"));
  CHECK(publisher.connected());
  CHECK(observer.messages() == std::vector<SeenMessage>{{"soundfold/listener/audio/dog", "OFF"},
                                                        {"soundfold/listener/audio/Fire_alarm", "OFF"},
                                                        {"soundfold/listener/audio/all", "OFF"},
                                                        {"soundfold/listener/available", "online"}});
  observer.forget();
  publisher.publish(news_of(1, EventState::begun), "{\"id\": 1}\n");
  publisher.publish(news_of(0, EventState::begun), "{\"id\": 2}");
  publisher.publish(news_of(0, EventState::begun), "");  // a second one of the class
  publisher.publish(news_of(0, EventState::ended), "");
  publisher.publish(news_of(1, EventState::ended), "{\"id\": 1, \"end\": true}");
  publisher.stop();
  REQUIRE(observer.sees("soundfold/listener/available", "offline"));
  CHECK(observer.messages() == std::vector<SeenMessage>{{"soundfold/listener/audio/Fire_alarm", "ON"},
                                                        {"soundfold/listener/audio/all", "ON"},
                                                        {"soundfold/listener/events", "{\"id\": 1}"},
                                                        {"soundfold/listener/audio/dog", "ON"},
                                                        {"soundfold/listener/events", "{\"id\": 2}"},
                                                        {"soundfold/listener/audio/Fire_alarm", "OFF"},
                                                        {"soundfold/listener/events", "{\"id\": 1, \"end\": true}"},
                                                        {"soundfold/listener/audio/dog", "OFF"},
                                                        {"soundfold/listener/audio/all", "OFF"},
                                                        {"soundfold/listener/available", "offline"}});
  publisher.publish(news_of(0, EventState::begun), "{}");  // ignored
  CHECK_FALSE(publisher.connected());
  CHECK(testing::retained_messages(broker.port()) ==
        std::map<std::string, std::string>{{"soundfold/listener/audio/dog", "OFF"},
                                           {"soundfold/listener/audio/Fire_alarm", "OFF"},
                                           {"soundfold/listener/audio/all", "OFF"},
                                           {"soundfold/listener/available", "offline"}});
}

TEST_CASE("the newest level is published, not faster than its interval", "[mqtt]") {
  if (testing::skipped_without_broker()) return;
  const Broker broker;
  auto options = options_of(broker.port());
  options.level_interval_s = 1e6;
  Observer observer(broker.port());
  EventPublisher publisher(options, {"dog"}, "");
  REQUIRE(observer.sees("soundfold/listener/available", "online"));
  publisher.publish_level(-31.26F);
  REQUIRE(observer.sees("soundfold/listener/audio/dBFS", "-31.3"));
  publisher.publish_level(-20.0F);
  publisher.publish(news_of(0, EventState::begun), "{}");
  REQUIRE(observer.sees("soundfold/listener/events", "{}"));
  CHECK(observer.payloads("soundfold/listener/audio/dBFS") == std::vector<std::string>{"-31.3"});
}

TEST_CASE("Home Assistant's entities are retained, and those of a former model's classes removed", "[mqtt]") {
  if (testing::skipped_without_broker()) return;
  const Broker broker;
  EventPublisher(options_of(broker.port()), {"dog", "cat"}, "").stop();
  const auto config = [](const std::string& sensor) { return "homeassistant/" + sensor + "/config"; };
  auto retained = testing::retained_messages(broker.port());
  REQUIRE(retained.count(config("binary_sensor/soundfold_listener/cat")) == 1);
  CHECK(retained.count(config("sensor/soundfold_listener/dBFS")) == 1);
  const auto dog = nlohmann::json::parse(retained.at(config("binary_sensor/soundfold_listener/dog")));
  CHECK(dog.at("state_topic") == "soundfold/listener/audio/dog");
  CHECK(retained.at(dog.at("state_topic")) == "OFF");
  CHECK(retained.at(dog.at("availability_topic")) == "offline");

  EventPublisher retrained(options_of(broker.port()), {"dog"}, "");
  CHECK(testing::wait_until([&] {
    return testing::retained_messages(broker.port()).count(config("binary_sensor/soundfold_listener/cat")) == 0;
  }));
  retained = testing::retained_messages(broker.port());
  CHECK(retained.count(config("binary_sensor/soundfold_listener/dog")) == 1);
  CHECK(retained.count(config("sensor/soundfold_listener/dBFS")) == 1);
}

TEST_CASE("a thousand classes and events arrive in order", "[mqtt]") {
  if (testing::skipped_without_broker()) return;
  const Broker broker;
  std::vector<std::string> names, lines;
  for (int i = 0; i < 1000; ++i) {
    names.push_back("class " + std::to_string(i));
    lines.push_back("{\"id\":" + std::to_string(i) + "}");
  }
  Observer observer(broker.port());
  EventPublisher publisher(options_of(broker.port()), names, "");
  for (std::size_t i = 0; i < lines.size(); ++i) publisher.publish(news_of(i, EventState::begun), lines[i]);
  REQUIRE(observer.sees("soundfold/listener/events", lines.back()));
  CHECK(observer.payloads("soundfold/listener/events") == lines);
  CHECK(testing::retained_messages(broker.port()).at("soundfold/listener/audio/class_999") == "ON");
}

TEST_CASE("a publisher that is killed is offline", "[mqtt]") {
  if (testing::skipped_without_broker()) return;
  const Broker broker;
  Observer observer(broker.port());
  testing::RunningProgram program("tests_mqtt_publisher", {std::to_string(broker.port())});
  REQUIRE(observer.sees("soundfold/listener/events", R"({"label": "dog"})"));
  CHECK(observer.payloads("soundfold/listener/available") == std::vector<std::string>{"online"});
  program.send_signal(SIGKILL);
  CHECK(program.result().exit_code == 128 + SIGKILL);
  CHECK(observer.sees("soundfold/listener/available", "offline"));
  CHECK(testing::retained_messages(broker.port()).at("soundfold/listener/available") == "offline");
}
