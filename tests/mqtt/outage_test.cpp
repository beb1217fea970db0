// SPDX-License-Identifier: Apache-2.0
#include "mqtt/broker.h"
#include "mqtt/event_publisher.h"
#include "support/files.h"

#include <arpa/inet.h>
#include <catch2/catch.hpp>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace soundfold;
using events::EventState;
using mqtt::EventPublisher;
using mqtt::MqttOptions;
using testing::Broker;
using testing::LogLines;
using testing::Observer;
using Lines = std::vector<std::string>;

namespace {

MqttOptions plain_options(int port) {
  MqttOptions options;
  options.host = "127.0.0.1";
  options.port = port;
  options.discovery = false;
  return options;
}

void publish_news(EventPublisher& publisher, EventState state, const std::string& line) {
  events::EventNews news;
  news.state = state;
  publisher.publish(news, line);
}

bool has_openssl() {
  return access("/usr/bin/openssl", X_OK) == 0;
}

/// A key and a certificate that signs itself, for 127.0.0.1: NAME.key and NAME.pem.
void make_certificate(const testing::TempFolder& folder, const std::string& name) {
  const auto result = testing::run(
      "/usr/bin/openssl", {"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                           "-days", "2", "-subj", "/CN=" + name, "-addext", "subjectAltName=IP:127.0.0.1", "-keyout",
                           (folder / (name + ".key")).string(), "-out", (folder / (name + ".pem")).string()});
  INFO(result.err);
  REQUIRE(result.exit_code == 0);
}

}  // namespace

TEST_CASE("events wait for a broker that is missing at the start, the oldest are dropped", "[mqtt]") {
  if (testing::skipped_without_broker()) return;
  const LogLines log;
  const int port = testing::free_port();
  auto options = plain_options(port);
  options.event_limit = 5;
  EventPublisher publisher(options, {"dog"}, "");
  for (int i = 0; i < 8; ++i) {
    publish_news(publisher, i % 2 == 0 ? EventState::begun : EventState::ended, std::to_string(i));
  }
  REQUIRE(testing::wait_until([&] { return log.count("Connection refused") > 0; }));
  CHECK_FALSE(publisher.connected());

  const Broker broker("allow_anonymous true\n", port);
  Observer observer(port);
  REQUIRE(observer.sees("soundfold/listener/events", "7"));
  CHECK(observer.payloads("soundfold/listener/events") == Lines{"3", "4", "5", "6", "7"});
  for (const auto& state : observer.payloads("soundfold/listener/audio/dog")) CHECK(state == "OFF");
  publisher.stop();
  INFO(log.all());
  CHECK(log.count("Connection refused") == 1);
  CHECK(log.count("5 events wait") == 1);
  CHECK(log.count("3 events were dropped") == 1);
  CHECK(log.count("connected to 127.0.0.1") == 1);
}

TEST_CASE("after a broker's restart states are there again and events are complete", "[mqtt]") {
  if (testing::skipped_without_broker()) return;
  const LogLines log;
  Broker broker;
  auto options = plain_options(broker.port());
  options.discovery = true;
  EventPublisher publisher(options, {"dog"}, "");
  {
    Observer observer(broker.port());
    publish_news(publisher, EventState::begun, "before");
    REQUIRE(observer.sees("soundfold/listener/events", "before"));
  }
  broker.stop();
  REQUIRE(testing::wait_until([&] { return !publisher.connected(); }));
  CHECK(testing::wait_until([&] { return log.count("was lost; it is tried again") == 1; }));
  publish_news(publisher, EventState::ended, "during 1");
  publish_news(publisher, EventState::begun, "during 2");
  broker.start();
  Observer observer(broker.port());
  REQUIRE(observer.sees("soundfold/listener/events", "during 2"));
  CHECK(observer.payloads("soundfold/listener/events") == Lines{"during 1", "during 2"});
  const auto retained = testing::retained_messages(broker.port());
  CHECK(retained.at("soundfold/listener/audio/dog") == "ON");
  CHECK(retained.at("soundfold/listener/audio/all") == "ON");
  CHECK(retained.at("soundfold/listener/available") == "online");
  CHECK(retained.count("homeassistant/binary_sensor/soundfold_listener/dog/config") == 1);
  publish_news(publisher, EventState::ended, "after");
  REQUIRE(observer.sees("soundfold/listener/events", "after"));
  CHECK(observer.sees("soundfold/listener/audio/dog", "OFF"));
}

TEST_CASE("a wrong password is told of once, a right one is taken", "[mqtt]") {
  if (testing::skipped_without_broker()) return;
  const testing::TempFolder folder;
  const auto users = (folder / "users").string();
  REQUIRE(testing::run("/usr/bin/mosquitto_passwd", {"-c", "-b", users, "listener", "sesame"}).exit_code == 0);
  const Broker broker("allow_anonymous false\npassword_file " + users + "\n");
  const LogLines log;
  auto options = plain_options(broker.port());
  {
    EventPublisher nobody(options, {"dog"}, "");
    REQUIRE(testing::wait_until([&] { return log.count("wants a user name and a password") > 0; }));
  }
  options.user = "listener";
  options.password_file = (folder / "password").string();
  write_file_atomically(options.password_file, "open\n");
  {
    EventPublisher wrong(options, {"dog"}, "");
    REQUIRE(testing::wait_until([&] { return log.count("wrong password of user 'listener'") > 0; }));
    CHECK_FALSE(wrong.connected());
  }
  CHECK(log.count("wrong password") == 1);
  CHECK(log.count("open") == 0);
  write_file_atomically(options.password_file, "sesame\n");
  EventPublisher right(options, {"dog"}, "");
  CHECK(testing::wait_until([&] { return right.connected(); }));
}

TEST_CASE("a TLS broker is believed when the certificates given sign its own", "[mqtt]") {
  if (testing::skipped_without_broker()) return;
  if (!has_openssl()) return testing::skip_case("needs the program openssl");
  const testing::TempFolder folder;
  make_certificate(folder, "broker");
  make_certificate(folder, "stranger");
  const Broker broker("allow_anonymous true\ncertfile " + (folder / "broker.pem").string() + "\nkeyfile " +
                      (folder / "broker.key").string() + "\n");
  const LogLines log;
  auto options = plain_options(broker.port());
  options.ca_file = (folder / "stranger.pem").string();
  {
    EventPublisher deceived(options, {"dog"}, "");
    REQUIRE(testing::wait_until([&] { return log.count("certificate verify failed") > 0; }));
    CHECK_FALSE(deceived.connected());
  }
  options.ca_file = (folder / "broker.pem").string();
  EventPublisher publisher(options, {"dog"}, "");
  CHECK(testing::wait_until([&] { return publisher.connected(); }));
  publish_news(publisher, EventState::begun, "{}");
  publisher.stop();
  INFO(log.all());
  CHECK(log.count("did not reach") == 0);  // the broker acknowledged it
}

TEST_CASE("stopping does not wait for a broker that never answers", "[mqtt]") {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  REQUIRE(bind(listener, reinterpret_cast<sockaddr*>(&address), size) == 0);
  REQUIRE(listen(listener, 4) == 0);
  REQUIRE(getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  const LogLines log;
  auto options = plain_options(ntohs(address.sin_port));
  options.stop_limit_s = 0.2;
  EventPublisher publisher(options, {"dog"}, "");
  publish_news(publisher, EventState::begun, "{}");
  publisher.stop();
  CHECK_FALSE(publisher.connected());
  CHECK(log.count("1 events did not reach") == 1);
  close(listener);
}

TEST_CASE("two publishers of one name are told that names must differ", "[mqtt]") {
  if (testing::skipped_without_broker()) return;
  const LogLines log;
  const Broker broker;
  EventPublisher one(plain_options(broker.port()), {"dog"}, "");
  EventPublisher other(plain_options(broker.port()), {"dog"}, "");
  CHECK(testing::wait_until([&] { return log.count("Names must differ") > 0; }));
  CHECK(log.count("was lost") == 2);  // once by each
}
