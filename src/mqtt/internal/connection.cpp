// SPDX-License-Identifier: Apache-2.0
#include "mqtt/internal/connection.h"

#include "support/errors.h"
#include "text/text.h"

#include <mosquitto.h>
#include <netdb.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <new>

namespace soundfold::mqtt {

namespace {

/// After so long without an answer the link counts as broken, here and at the broker.
constexpr int kKeepAliveS = 20;

void start_library() {
  static const int started = mosquitto_lib_init();  // is not thread-safe itself; never cleaned up
  if (started != MOSQ_ERR_SUCCESS) throw DataError("libmosquitto does not start");
}

}  // namespace

void Connection::Free::operator()(mosquitto* client) const {
  mosquitto_destroy(client);
}

Connection::Connection(const Broker& broker, Events events) : broker_(broker), events_(std::move(events)) {
  start_library();
  client_.reset(mosquitto_new(broker_.client_id.c_str(), true, this));
  if (!client_) throw std::bad_alloc();
  set_up_callbacks();
}

Connection::~Connection() = default;

void Connection::set_up_callbacks() {
  auto* client = client_.get();
  mosquitto_connect_callback_set(client, [](mosquitto*, void* self, int reason) {
    auto& connection = *static_cast<Connection*>(self);
    connection.accepted_ = reason == 0;
    if (reason != 0) connection.set_refusal(reason);
  });
  mosquitto_publish_callback_set(
      client, [](mosquitto*, void* self, int id) { static_cast<Connection*>(self)->events_.acknowledged(id); });
  mosquitto_message_callback_set(client, [](mosquitto*, void* self, const mosquitto_message* message) {
    if (!message->retain) return;
    const auto* bytes = static_cast<const char*>(message->payload);
    static_cast<Connection*>(self)->events_.retained(
        message->topic, bytes == nullptr ? "" : std::string(bytes, static_cast<std::size_t>(message->payloadlen)));
  });
  mosquitto_log_callback_set(client, [](mosquitto*, void* self, int level, const char* text) {
    if (level == MOSQ_LOG_ERR) static_cast<Connection*>(self)->library_error_ = shown(trimmed(text));
  });
}

bool Connection::open() {
  auto* client = client_.get();
  int error = mosquitto_will_set(client, broker_.will_topic.c_str(), 7, "offline", 1, true);
  if (error == MOSQ_ERR_SUCCESS && !broker_.user.empty()) {
    error = mosquitto_username_pw_set(client, broker_.user.c_str(),
                                      broker_.password.empty() ? nullptr : broker_.password.c_str());
  }
  if (error == MOSQ_ERR_SUCCESS && !broker_.ca_file.empty()) {
    error = mosquitto_tls_set(client, broker_.ca_file.c_str(), nullptr, nullptr, nullptr, nullptr);
  }
  if (error == MOSQ_ERR_SUCCESS) error = mosquitto_connect(client, broker_.host.c_str(), broker_.port, kKeepAliveS);
  if (error != MOSQ_ERR_SUCCESS) set_fault(error);
  return error == MOSQ_ERR_SUCCESS;
}

bool Connection::step(int wake_fd, int timeout_ms) {
  auto* client = client_.get();
  const short wanted = mosquitto_want_write(client) ? POLLIN | POLLOUT : POLLIN;
  pollfd files[2] = {{mosquitto_socket(client), wanted, 0}, {wake_fd, POLLIN, 0}};
  int error = files[0].fd < 0 ? MOSQ_ERR_CONN_LOST : MOSQ_ERR_SUCCESS;
  if (error == MOSQ_ERR_SUCCESS && poll(files, 2, timeout_ms) > 0) {
    std::uint64_t count = 0;
    if (files[1].revents != 0 && read(wake_fd, &count, sizeof count) < 0 && errno != EAGAIN) error = MOSQ_ERR_ERRNO;
    if (error == MOSQ_ERR_SUCCESS && files[0].revents != 0) error = mosquitto_loop_read(client, 1);
    if (error == MOSQ_ERR_SUCCESS && mosquitto_want_write(client)) error = mosquitto_loop_write(client, 1);
  }
  if (error == MOSQ_ERR_SUCCESS) error = mosquitto_loop_misc(client);
  if (error == MOSQ_ERR_SUCCESS) return true;
  accepted_ = false;
  if (fault_.empty()) set_fault(error);
  return false;
}

int Connection::publish(const std::string& topic, const std::string& payload, int qos, bool retain) {
  int id = 0;
  const int error = mosquitto_publish(client_.get(), &id, topic.c_str(), static_cast<int>(payload.size()),
                                      payload.data(), qos, retain);
  switch (error) {
    case MOSQ_ERR_SUCCESS:
      return id;
    case MOSQ_ERR_INVAL:
    case MOSQ_ERR_PAYLOAD_SIZE:
    case MOSQ_ERR_MALFORMED_UTF8:
    case MOSQ_ERR_OVERSIZE_PACKET:
    case MOSQ_ERR_QOS_NOT_SUPPORTED:
    case MOSQ_ERR_RETAIN_NOT_SUPPORTED:
      fault_ = mosquitto_strerror(error);
      return 0;
    default:
      return -1;
  }
}

void Connection::subscribe(const std::string& filter) {
  mosquitto_subscribe(client_.get(), nullptr, filter.c_str(), 0);
}

void Connection::close() {
  mosquitto_disconnect(client_.get());
  // Sent at once unless the socket is full.
  for (int i = 0; i < 10 && mosquitto_want_write(client_.get()); ++i) {
    pollfd file{mosquitto_socket(client_.get()), POLLOUT, 0};
    if (file.fd < 0 || poll(&file, 1, 100) < 0) return;
    if (mosquitto_loop_write(client_.get(), 1) != MOSQ_ERR_SUCCESS) return;
  }
}

void Connection::set_fault(int error) {
  const int system_error = errno;
  std::string reason = mosquitto_strerror(error);
  if (error == MOSQ_ERR_ERRNO) reason = std::strerror(system_error);
  if (error == MOSQ_ERR_EAI) reason = system_error < 0 ? gai_strerror(system_error) : "unknown host";
  while (!reason.empty() && reason.back() == '.') reason.pop_back();
  fault_ = error == MOSQ_ERR_CONN_LOST ? "the connection to " + broker_.address() + " was lost"
                                       : "no connection to " + broker_.address() + ": " + reason;
  if (!library_error_.empty()) fault_ += " (" + library_error_ + ")";
}

void Connection::set_refusal(int reason) {
  std::string text = mosquitto_connack_string(reason);
  if (reason == 4 || reason == 5) {
    text = broker_.user.empty() ? "it wants a user name and a password (--mqtt-user, --mqtt-password-file)"
                                : "wrong password of user '" + shown(broker_.user) +
                                      "', or not allowed (--mqtt-user, --mqtt-password-file)";
  }
  fault_ = "refused by " + broker_.address() + ": " + text;
}

}  // namespace soundfold::mqtt
