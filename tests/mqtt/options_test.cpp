// SPDX-License-Identifier: Apache-2.0
#include "mqtt/event_publisher.h"
#include "support/errors.h"
#include "support/files.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

#include <cstdlib>

using namespace soundfold;
using Catch::Matchers::Contains;
using mqtt::MqttOptions;

namespace {

std::string host_and_port(const std::string& address) {
  MqttOptions options;
  options.port = 7;  // replaced
  mqtt::set_broker(options, address);
  return options.host + " " + std::to_string(options.port);
}

}  // namespace

TEST_CASE("a broker is a host, with a port or without", "[mqtt]") {
  CHECK(host_and_port("broker.lan") == "broker.lan 0");
  CHECK(host_and_port("192.168.1.2:1884") == "192.168.1.2 1884");
  CHECK(host_and_port("[::1]:65535") == "::1 65535");
  CHECK(host_and_port("[fe80::1]") == "fe80::1 0");
  for (const char* wrong : {"", ":1883", "host:", "host:0", "host:65536", "host:x", "host:18 83", "mqtt://host", "::1",
                            "[::1", "[::1]1883", "user@host", "[]:1"}) {
    INFO(wrong);
    CHECK_THROWS_AS(host_and_port(wrong), UsageError);
  }
  MqttOptions options;
  CHECK(mqtt::broker_port(options) == 1883);
  options.ca_file = "ca.pem";
  CHECK(mqtt::broker_port(options) == 8883);
  options.port = 4;
  CHECK(mqtt::broker_port(options) == 4);
}

TEST_CASE("options that MQTT does not allow are refused", "[mqtt]") {
  CHECK_NOTHROW(mqtt::check_options({}));
  const auto refused = [](const auto& change, const char* message) {
    MqttOptions options;
    change(options);
    CHECK_THROWS_WITH(mqtt::check_options(options), Contains(message));
  };
  for (const char* wrong : {"", "a/+", "#", "/a", "a/", "$SYS", "caf\xe9"}) {
    INFO(wrong);
    refused([&](auto& options) { options.topic = wrong; }, "MQTT topic");
    refused([&](auto& options) { options.name = wrong; }, "MQTT name");
    refused([&](auto& options) { options.discovery_prefix = wrong; }, "MQTT discovery prefix");
  }
  refused([](auto& options) { options.name = "a/b"; }, "MQTT name 'a/b'");
  refused([](auto& options) { options.port = 70'000; }, "MQTT port 70000");
  refused([](auto& options) { options.host = ""; }, "host is empty");
  refused([](auto& options) { options.password_file = "secret"; }, "--mqtt-user");
  refused([](auto& options) { options.event_limit = 0; }, "event_limit");
}

TEST_CASE("the password comes from its file, or from the environment", "[mqtt]") {
  const testing::TempFolder folder;
  MqttOptions options;
  options.user = "listener";
  setenv("SOUNDFOLD_MQTT_PASSWORD", "of the environment", 1);
  CHECK(mqtt::read_password(options) == "of the environment");
  options.password_file = (folder / "password").string();
  write_file_atomically(options.password_file, "sesame \r\nanother line\n");
  CHECK(mqtt::read_password(options) == "sesame ");
  write_file_atomically(options.password_file, "\n");
  CHECK_THROWS_WITH(mqtt::read_password(options), Contains("its first line, the MQTT password, is empty"));
  unsetenv("SOUNDFOLD_MQTT_PASSWORD");
  options.password_file.clear();
  CHECK(mqtt::read_password(options).empty());
}

TEST_CASE("a publisher refuses files that are missing when it is made", "[mqtt]") {
  const testing::TempFolder folder;
  MqttOptions options;
  options.ca_file = (folder / "ca.pem").string();
  CHECK_THROWS_WITH(mqtt::EventPublisher(options, {"dog"}, ""), Contains("ca.pem"));
  options.ca_file.clear();
  options.user = "listener";
  options.password_file = (folder / "password").string();
  CHECK_THROWS_WITH(mqtt::EventPublisher(options, {"dog"}, ""), Contains("password"));
}
