// SPDX-License-Identifier: Apache-2.0
#include "mqtt/broker.h"

#include "support/files.h"
#include "support/logging.h"

#include <arpa/inet.h>
#include <mosquitto.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <stdexcept>
#include <thread>

namespace soundfold::testing {

namespace {

std::string broker_program() {
  for (const char* path : {"/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto", "/usr/bin/mosquitto"}) {
    if (access(path, X_OK) == 0) return path;
  }
  return "";
}

sockaddr_in local_address(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

bool answers(int port) {
  const int file = socket(AF_INET, SOCK_STREAM, 0);
  auto address = local_address(port);
  const bool answered = connect(file, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  close(file);
  return answered;
}

}  // namespace

bool skipped_without_broker() {
  if (!broker_program().empty()) return false;
  skip_case("there is no MQTT broker: Debian's package mosquitto");
  return true;
}

bool wait_until(const std::function<bool()>& holds) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

int free_port() {
  const int file = socket(AF_INET, SOCK_STREAM, 0);
  auto address = local_address(0);
  socklen_t size = sizeof address;
  const bool bound = bind(file, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                     getsockname(file, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  close(file);
  if (!bound) throw std::runtime_error("no free port");
  return ntohs(address.sin_port);
}

Broker::Broker(std::string settings, int port) : settings_(std::move(settings)), port_(port) {
  start();
}

void Broker::start() {
  // As root it would become the user "mosquitto", who cannot read the test's folder.
  const std::string user = geteuid() == 0 ? "user root\n" : "";
  write_file_atomically(folder_ / "mosquitto.conf", "listener " + std::to_string(port_) + " 127.0.0.1\n" + user +
                                                        "persistence false\nmax_queued_messages 0\n" + settings_);
  program_ = std::make_unique<RunningProgram>(broker_program(),
                                              std::vector<std::string>{"-c", (folder_ / "mosquitto.conf").string()});
  if (!wait_until([this] { return answers(port_) || program_->has_ended(); }) || program_->has_ended()) {
    throw std::runtime_error("mosquitto does not start: " + program_->err());
  }
}

void Broker::stop() {
  program_->send_signal(SIGTERM);
  program_->result();
}

Observer::Observer(int port) : client_((mosquitto_lib_init(), mosquitto_new(nullptr, true, this))) {
  bool subscribed = false;
  mosquitto_user_data_set(client_, this);
  mosquitto_message_callback_set(client_, [](mosquitto*, void* self, const mosquitto_message* message) {
    const auto* bytes = static_cast<const char*>(message->payload);
    static_cast<Observer*>(self)->messages_.push_back(
        {message->topic, bytes == nullptr ? "" : std::string(bytes, static_cast<std::size_t>(message->payloadlen)),
         message->retain});
  });
  mosquitto_connect(client_, "127.0.0.1", port, 60);
  mosquitto_subscribe(client_, nullptr, "#", 1);
  // What it says itself comes back after all that was retained.
  const std::string own = "observer/" + std::to_string(port);
  mosquitto_publish(client_, nullptr, own.c_str(), 2, "up", 1, false);
  subscribed = sees(own, "up");
  messages_.erase(std::remove_if(messages_.begin(), messages_.end(), [&](const auto& one) { return one.topic == own; }),
                  messages_.end());
  if (!subscribed) throw std::runtime_error("the observer cannot subscribe");
}

Observer::~Observer() {
  mosquitto_disconnect(client_);
  mosquitto_destroy(client_);
}

bool Observer::loop_until(const std::function<bool()>& holds) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    if (mosquitto_loop(client_, 20, 1) != MOSQ_ERR_SUCCESS) return false;
  }
  return true;
}

bool Observer::sees(const std::string& topic, const std::string& payload) {
  return loop_until([&] {
    return std::any_of(messages_.begin(), messages_.end(),
                       [&](const auto& one) { return one.topic == topic && one.payload == payload; });
  });
}

std::vector<std::string> Observer::payloads(const std::string& topic) const {
  std::vector<std::string> payloads;
  for (const auto& one : messages_) {
    if (one.topic == topic) payloads.push_back(one.payload);
  }
  return payloads;
}

std::map<std::string, std::string> retained_messages(int port) {
  std::map<std::string, std::string> retained;
  const Observer observer(port);
  for (const auto& one : observer.messages()) {
    if (one.retained) retained[one.topic] = one.payload;
  }
  return retained;
}

LogLines::LogLines() {
  set_log_sink([this](spdlog::level::level_enum level, std::string_view line) {
    const std::lock_guard lock(mutex_);
    if (level > spdlog::level::debug) lines_.emplace_back(line);
  });
}

LogLines::~LogLines() {
  set_log_sink({});
}

std::size_t LogLines::count(const std::string& text) const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(std::count_if(
      lines_.begin(), lines_.end(), [&](const auto& line) { return line.find(text) != std::string::npos; }));
}

std::string LogLines::all() const {
  const std::lock_guard lock(mutex_);
  std::string text;
  for (const auto& line : lines_) text += line + "\n";
  return text;
}

}  // namespace soundfold::testing
