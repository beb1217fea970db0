// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

/// Events over MQTT 3.1.1: topics shaped as Frigate's, and Home Assistant's discovery (docs/mqtt.md).
namespace soundfold::mqtt {

/// Where the broker is, and what is published there.
struct MqttOptions {
  std::string host = "localhost";
  int port = 0;               ///< 0: 1883, with ca_file 8883
  std::string user;           ///< empty: none
  std::string password_file;  ///< its first line is the password; empty: SOUNDFOLD_MQTT_PASSWORD of the environment
  std::string ca_file;        ///< certificates (PEM) of those who may sign the broker's: turns TLS on; empty: no TLS
  std::string topic = "soundfold";  ///< first levels of every topic
  std::string name = "listener";    ///< next level: this program among those of one broker, where it must be unique
  bool discovery = true;            ///< Home Assistant's
  std::string discovery_prefix = "homeassistant";
  std::size_t event_limit = 1000;  ///< events kept while there is no connection; then the oldest are dropped; above 0
  double level_interval_s = 1;     ///< the level is published at most this often; 0 and up
  double stop_limit_s = 5;         ///< how long stop() waits at most; 0 and up
};

/// Sets host and port from "HOST", "HOST:PORT", "[ADDRESS]" or "[ADDRESS]:PORT" (IPv6). Throws UsageError.
void set_broker(MqttOptions& options, const std::string& address);

/// The port: 0 resolved.
int broker_port(const MqttOptions& options);

/// Throws UsageError for a topic, name or prefix that MQTT does not allow ('+', '#', empty, not UTF-8; '/' in a name),
/// numbers out of range, and a password_file without a user.
void check_options(const MqttOptions& options);

/// The password; empty: none. Throws DataError when password_file cannot be read or begins with an empty line.
std::string read_password(const MqttOptions& options);

}  // namespace soundfold::mqtt
