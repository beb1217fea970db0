// SPDX-License-Identifier: Apache-2.0
#include "mqtt/internal/topics.h"

#include "support/hashing.h"

#include <mosquitto.h>

#include <algorithm>
#include <cctype>
#include <functional>
#include <map>

namespace soundfold::mqtt {

namespace {

std::string short_digest(const std::string& text) {
  return hash_bytes(HashKind::xxh3_128, text).substr(0, 8);
}

std::string topic_level(const std::string& name) {
  const bool utf8 = mosquitto_validate_utf8(name.data(), static_cast<int>(name.size())) == MOSQ_ERR_SUCCESS;
  std::string level = name.empty() ? "_" : name;
  for (char& c : level) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= ' ' || c == '/' || c == '+' || c == '#' || byte == 127 || (byte > 127 && !utf8)) c = '_';
  }
  return level;
}

std::string identifier(const std::string& name) {
  std::string id = name.empty() ? "_" : name;
  for (char& c : id) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 127 || (std::isalnum(byte) == 0 && c != '_' && c != '-')) c = '_';
  }
  return id;
}

std::vector<std::string> unique_names(const std::vector<std::string>& names,
                                      const std::function<std::string(const std::string&)>& clean) {
  std::map<std::string, int> counts{{"all", 1}, {"dBFS", 1}, {"rms", 1}};
  for (const auto& name : names) ++counts[clean(name)];
  std::vector<std::string> results;
  for (const auto& name : names) {
    const auto cleaned = clean(name);
    results.push_back(counts[cleaned] > 1 ? cleaned + "_" + short_digest(name) : cleaned);
  }
  return results;
}

}  // namespace

std::vector<std::string> topic_labels(const std::vector<std::string>& class_names) {
  return unique_names(class_names, topic_level);
}

std::vector<std::string> object_ids(const std::vector<std::string>& class_names) {
  return unique_names(class_names, identifier);
}

std::string node_id(const MqttOptions& options) {
  const auto name = options.topic + "_" + options.name;
  const auto id = identifier(name);
  return id == name ? id : id + "_" + short_digest(name);
}

Topics make_topics(const MqttOptions& options, const std::vector<std::string>& class_names) {
  Topics topics;
  topics.base = options.topic + "/" + options.name;
  topics.available = topics.base + "/available";
  topics.events = topics.base + "/events";
  topics.level = topics.base + "/audio/dBFS";
  topics.all = topics.base + "/audio/all";
  for (const auto& label : topic_labels(class_names)) topics.classes.push_back(topics.base + "/audio/" + label);
  return topics;
}

}  // namespace soundfold::mqtt
