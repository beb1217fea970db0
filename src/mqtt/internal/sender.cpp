// SPDX-License-Identifier: Apache-2.0
#include "mqtt/internal/sender.h"

#include "support/errors.h"
#include "support/logging.h"
#include "text/text.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <numeric>

namespace soundfold::mqtt {

namespace {

constexpr double kFirstPauseS = 1, kLongestPauseS = 30;
constexpr const char* kAgain = "; it is tried again";
constexpr auto kAnswerLimit = std::chrono::seconds(15);  // from connecting to acceptance
/// Longer than the longest pause: two publishers of one name, which take the connection from each other, must not count
/// as well connected.
constexpr auto kLasting = std::chrono::seconds(60);

std::chrono::steady_clock::duration in_seconds(double seconds) {
  return std::chrono::duration_cast<std::chrono::steady_clock::duration>(std::chrono::duration<double>(seconds));
}

int milliseconds_until(std::chrono::steady_clock::time_point time, int most) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(time - std::chrono::steady_clock::now()).count();
  return static_cast<int>(std::clamp<long long>(left, 0, most));
}

}  // namespace

Sender::Sender(SenderSettings settings)
    : settings_(std::move(settings)), outbox_(settings_.event_limit), active_(settings_.topics.classes.size(), 0) {
  wake_fd_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wake_fd_ < 0) throw DataError("MQTT: the system grants no eventfd: too many open files?");
}

Sender::~Sender() {
  close(wake_fd_);
}

void Sender::wake() const {
  const std::uint64_t one = 1;
  if (write(wake_fd_, &one, sizeof one) < 0) return;  // 2^64 - 2 others wait: it wakes up anyway
}

void Sender::publish_state(const std::string& topic, bool on) {
  outbox_.add({MessageKind::state, topic, on ? "ON" : "OFF", true});
}

void Sender::set_state(std::size_t class_index, bool begins) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return;
  const int all_before = std::accumulate(active_.begin(), active_.end(), 0);
  int& active = active_.at(class_index);
  const int before = active;
  active = std::max(0, before + (begins ? 1 : -1));
  if ((active > 0) != (before > 0)) publish_state(settings_.topics.classes[class_index], active > 0);
  const int all = all_before + active - before;
  if ((all > 0) != (all_before > 0)) publish_state(settings_.topics.all, all > 0);
  wake();
}

void Sender::add_event(const std::string& json) {
  bool first_drop = false;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    const auto dropped = outbox_.dropped_count();
    outbox_.add({MessageKind::event, settings_.topics.events, json, false});
    first_drop = dropped == 0 && outbox_.dropped_count() > 0;
  }
  wake();
  if (first_drop) {
    logger().warn("MQTT: {} events wait for {}; from here on the oldest ones are dropped",
                  grouped(static_cast<std::int64_t>(settings_.event_limit)), settings_.broker.address());
  }
}

void Sender::set_level(float level_dbfs) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || !outbox_.connected()) return;
    level_dbfs_ = level_dbfs;
  }
  wake();
}

bool Sender::connected() const {
  const std::lock_guard lock(mutex_);
  return outbox_.connected();
}

bool Sender::stopping() const {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

bool Sender::stop(double limit_s) {
  std::unique_lock lock(mutex_);
  const auto deadline = Clock::now() + in_seconds(limit_s);
  bool any = false;
  for (std::size_t k = 0; k < active_.size(); ++k) {
    if (active_[k] == 0) continue;
    publish_state(settings_.topics.classes[k], false);
    active_[k] = 0;
    any = true;
  }
  if (any) publish_state(settings_.topics.all, false);
  outbox_.add({MessageKind::setup, settings_.topics.available, "offline", true});
  stopping_ = true;
  deadline_ = deadline;
  wake();
  // The sender keeps to the deadline itself, unless it is held up in a look-up or a connection attempt.
  const bool ended =
      ended_changed_.wait_until(lock, deadline + std::chrono::milliseconds(500), [this] { return ended_; });
  abandoned_ = !ended;
  const auto left = outbox_.event_count();
  lock.unlock();
  if (left > 0) {
    logger().warn("MQTT: {} events did not reach {}", grouped(static_cast<std::int64_t>(left)),
                  settings_.broker.address());
  }
  return ended;
}

void Sender::run() {
  double pause_s = kFirstPauseS;
  while (true) {
    const auto begin = Clock::now();
    try {
      run_connection();
    } catch (const std::exception& error) {  // out of memory: later there may be some
      warn_once(error.what());
    }
    {
      const std::lock_guard lock(mutex_);
      outbox_.disconnect();
      level_dbfs_.reset();
    }
    if (Clock::now() - begin > kLasting) pause_s = kFirstPauseS;
    if (stopping() || pause(pause_s)) break;
    pause_s = std::min(2 * pause_s, kLongestPauseS);
  }
  const std::lock_guard lock(mutex_);
  ended_ = true;
  ended_changed_.notify_all();
}

bool Sender::pause(double seconds) {
  const auto end = Clock::now() + in_seconds(seconds);
  while (!stopping() && Clock::now() < end) {
    pollfd file{wake_fd_, POLLIN, 0};
    std::uint64_t count = 0;
    if (poll(&file, 1, milliseconds_until(end, 1000)) > 0 && read(wake_fd_, &count, sizeof count) < 0) break;
  }
  return stopping();
}

void Sender::run_connection() {
  Connection connection(settings_.broker, {[this](int id) {
                                             const std::lock_guard lock(mutex_);
                                             outbox_.acknowledge(id);
                                           },
                                           [this](const std::string& topic, const std::string& payload) {
                                             clear_unknown(topic, payload);
                                           }});
  if (!connection.open()) return warn_once(connection.fault() + kAgain);
  const auto opened = Clock::now();
  Clock::time_point accepted{};
  while (connection.step(wake_fd_, milliseconds_to_wait())) {
    if (connection.accepted() && accepted == Clock::time_point{}) {
      accepted = Clock::now();
      announce(connection);
    }
    if (connection.accepted()) {
      send_due(connection);
    } else if (Clock::now() > opened + kAnswerLimit) {
      return warn_once("no answer from " + settings_.broker.address() + ": is it an MQTT broker?" + kAgain);
    }
    if (finished(accepted != Clock::time_point{})) return connection.close();
  }
  if (accepted != Clock::time_point{}) after_connection(Clock::now() - accepted);
  warn_once(connection.fault() + kAgain);
}

bool Sender::finished(bool announced) const {
  const std::lock_guard lock(mutex_);
  return stopping_ && ((announced && outbox_.empty()) || Clock::now() >= deadline_);
}

void Sender::after_connection(Clock::duration lasted) {
  short_connections_ = lasted > kLasting ? 0 : short_connections_ + 1;
  if (lasted > kLasting) told_.clear();
  if (short_connections_ >= 3) {
    warn_once(settings_.broker.address() + " keeps ending the connection: is another program of that broker called '" +
              settings_.topics.base + "'? Names must differ (--mqtt-name)");
  }
}

int Sender::milliseconds_to_wait() const {
  const std::lock_guard lock(mutex_);
  int wait_ms = 1000;  // libmosquitto looks after the connection's life meanwhile
  if (level_dbfs_) wait_ms = milliseconds_until(level_due_, wait_ms);
  if (stopping_) wait_ms = milliseconds_until(deadline_, wait_ms);
  return wait_ms;
}

std::vector<Message> Sender::setup_messages() const {
  std::vector<Message> messages;
  if (settings_.discovery) messages = settings_.discovery->messages;
  bool any = false;
  const auto add = [&](const std::string& topic, const char* payload) {
    messages.push_back({MessageKind::setup, topic, payload, true});
  };
  for (std::size_t k = 0; k < active_.size(); ++k) {
    any = any || active_[k] > 0;
    add(settings_.topics.classes[k], active_[k] > 0 ? "ON" : "OFF");
  }
  add(settings_.topics.all, any ? "ON" : "OFF");
  add(settings_.topics.available, "online");  // after the states: until then they may be old ones
  return messages;
}

void Sender::announce(Connection& connection) {
  std::size_t dropped = 0;
  {
    const std::lock_guard lock(mutex_);
    outbox_.connect(setup_messages());
    if (stopping_) outbox_.add({MessageKind::setup, settings_.topics.available, "offline", true});
    dropped = outbox_.dropped_count();
    outbox_.reset_dropped_count();
  }
  if (settings_.discovery) connection.subscribe(settings_.discovery->filter);
  level_due_ = Clock::now();
  if (abandoned_) return;
  if (!told_connected_) logger().info("MQTT: connected to {} as {}", settings_.broker.address(), settings_.topics.base);
  told_connected_ = true;
  if (dropped > 0) {
    logger().warn("MQTT: {} events were dropped while there was no connection",
                  grouped(static_cast<std::int64_t>(dropped)));
  }
}

void Sender::send_due(Connection& connection) {
  // libmosquitto may acknowledge while it publishes, so that nothing may be locked then. What was taken stays in its
  // place: only this thread acknowledges, and add() drops nothing that was taken.
  while (true) {
    Message message;
    {
      const std::lock_guard lock(mutex_);
      const auto* next = outbox_.take();
      if (next == nullptr) break;
      message = *next;
    }
    const int id = connection.publish(message.topic, message.payload, 1, message.retain);
    if (id < 0) return;
    if (id == 0) warn_once("cannot publish at " + shown(message.topic) + ": " + connection.fault());
    const std::lock_guard lock(mutex_);
    id == 0 ? outbox_.discard() : outbox_.set_id(id);
  }
  send_level(connection);
}

void Sender::send_level(Connection& connection) {
  const auto now = Clock::now();
  if (now < level_due_) return;
  std::optional<float> level_dbfs;
  {
    const std::lock_guard lock(mutex_);
    level_dbfs.swap(level_dbfs_);
  }
  if (!level_dbfs) return;
  level_due_ = now + in_seconds(settings_.level_interval_s);
  connection.publish(settings_.topics.level, fixed(static_cast<double>(*level_dbfs), 1), 0, false);
}

void Sender::clear_unknown(const std::string& topic, const std::string& payload) {
  const auto& known = settings_.discovery->messages;
  if (payload.empty() || std::any_of(known.begin(), known.end(), [&](const auto& one) { return one.topic == topic; })) {
    return;
  }
  const std::lock_guard lock(mutex_);
  outbox_.add({MessageKind::setup, topic, "", true});
}

void Sender::warn_once(const std::string& text) {
  if (abandoned_) return;
  const bool first = told_.insert(text).second;
  logger().log(first ? spdlog::level::warn : spdlog::level::debug, "MQTT: {}", text);
  if (first) told_connected_ = false;
}

}  // namespace soundfold::mqtt
