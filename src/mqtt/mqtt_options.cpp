// SPDX-License-Identifier: Apache-2.0
#include "mqtt/mqtt_options.h"

#include "support/errors.h"
#include "support/files.h"
#include "text/text.h"

#include <mosquitto.h>

#include <charconv>
#include <cstdlib>

namespace soundfold::mqtt {

namespace {

constexpr std::size_t kMostPasswordBytes = 65'535;  // MQTT's limit of a field
constexpr std::size_t kMostTopicBytes = 1000;       // far below MQTT's limit, so that whole topics are within it

int parse_port(const std::string& text, const std::string& address) {
  int port = 0;
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, port);
  if (read.ec != std::errc() || read.ptr != end || port < 1 || port > 65'535) {
    throw UsageError("MQTT broker '" + shown(address) + "': the port is '" + shown(text) +
                     "'; allowed: HOST or HOST:PORT, with a port from 1 to 65535");
  }
  return port;
}

void check_levels(const char* what, const std::string& text, bool one_level) {
  const bool allowed = !text.empty() && text.size() <= kMostTopicBytes && text.front() != '/' && text.back() != '/' &&
                       text.front() != '$' && (!one_level || text.find('/') == std::string::npos) &&
                       mosquitto_pub_topic_check(text.c_str()) == MOSQ_ERR_SUCCESS &&
                       mosquitto_validate_utf8(text.data(), static_cast<int>(text.size())) == MOSQ_ERR_SUCCESS;
  if (!allowed) {
    throw UsageError(std::string("MQTT ") + what + " '" + shown(text) + "': allowed is UTF-8 text without + and #, " +
                     (one_level ? "without /" : "that neither begins nor ends with /") + ", of 1 to " +
                     grouped(static_cast<std::int64_t>(kMostTopicBytes)) + " bytes, not beginning with $");
  }
}

}  // namespace

void set_broker(MqttOptions& options, const std::string& address) {
  const auto fault = [&] {
    return UsageError("MQTT broker '" + shown(address) + "': allowed: HOST, HOST:PORT or [IPv6 address]:PORT");
  };
  std::string host = address, rest;
  if (!address.empty() && address.front() == '[') {
    const auto end = address.find(']');
    if (end == std::string::npos) throw fault();
    host = address.substr(1, end - 1);
    rest = address.substr(end + 1);
  } else if (const auto colon = address.find(':'); colon != std::string::npos) {
    host = address.substr(0, colon);
    rest = address.substr(colon);
  }
  if (host.empty() || host.find_first_of("/@ ") != std::string::npos) throw fault();
  if (!rest.empty() && rest.front() != ':') throw fault();
  options.port = rest.empty() ? 0 : parse_port(rest.substr(1), address);
  options.host = host;
}

int broker_port(const MqttOptions& options) {
  if (options.port != 0) return options.port;
  return options.ca_file.empty() ? 1883 : 8883;
}

void check_options(const MqttOptions& options) {
  check_levels("topic", options.topic, false);
  check_levels("name", options.name, true);
  check_levels("discovery prefix", options.discovery_prefix, false);
  if (options.host.empty()) throw UsageError("MQTT: the broker's host is empty");
  if (options.port < 0 || options.port > 65'535) {
    throw UsageError("MQTT port " + std::to_string(options.port) + ": allowed is 1 to 65535, or 0 for the usual one");
  }
  if (!options.password_file.empty() && options.user.empty()) {
    throw UsageError("MQTT: a password file needs a user name too (--mqtt-user)");
  }
  if (options.event_limit == 0 || !(options.level_interval_s >= 0) || !(options.stop_limit_s >= 0)) {
    throw UsageError("MQTT: event_limit must be above 0; level_interval_s and stop_limit_s must not be negative");
  }
}

std::string read_password(const MqttOptions& options) {
  if (options.password_file.empty()) {
    const char* given = std::getenv("SOUNDFOLD_MQTT_PASSWORD");
    return given == nullptr ? "" : given;
  }
  const auto text = read_file(options.password_file, kMostPasswordBytes);
  const auto password = text.substr(0, text.find_first_of("\r\n"));
  if (password.empty()) throw DataError(options.password_file + ": its first line, the MQTT password, is empty");
  return password;
}

}  // namespace soundfold::mqtt
