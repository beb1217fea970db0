// SPDX-License-Identifier: Apache-2.0
#include "mqtt/event_publisher.h"

#include "mqtt/internal/discovery.h"
#include "mqtt/internal/sender.h"
#include "support/files.h"
#include "support/hashing.h"
#include "support/threads.h"
#include "text/text.h"

#include <cmath>
#include <csignal>
#include <thread>

namespace soundfold::mqtt {

namespace {

constexpr std::uintmax_t kMostCertificateBytes = 16 << 20;

/// A broken connection is an ordinary write error on this thread, in programs that do not ignore SIGPIPE too.
void block_broken_pipe_signal() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

SenderSettings make_settings(const MqttOptions& options, const std::vector<std::string>& class_names,
                             const std::string& model) {
  check_options(options);
  if (!options.ca_file.empty()) read_file(options.ca_file, kMostCertificateBytes);
  SenderSettings settings;
  settings.topics = make_topics(options, class_names);
  settings.broker.host = options.host;
  settings.broker.port = broker_port(options);
  // The same at every start: the broker then ends a connection that it still takes for alive, and publishes its will
  // before the new one says "online". At most 23 bytes, as MQTT 3.1.1 grants.
  settings.broker.client_id =
      "soundfold-" + hash_bytes(HashKind::xxh3_128, options.topic + "/" + options.name).substr(0, 12);
  settings.broker.user = options.user;
  settings.broker.password = read_password(options);
  settings.broker.ca_file = options.ca_file;
  settings.broker.will_topic = settings.topics.available;
  if (options.discovery) settings.discovery = make_discovery(options, settings.topics, class_names, model);
  settings.event_limit = options.event_limit;
  settings.level_interval_s = options.level_interval_s;
  return settings;
}

}  // namespace

struct EventPublisher::Impl {
  std::shared_ptr<Sender> sender;  // the thread's too: it may have to be left behind in a look-up of a name
  std::thread thread;
  double stop_limit_s = 0;
};

EventPublisher::EventPublisher(const MqttOptions& options, const std::vector<std::string>& class_names,
                               const std::string& model)
    : impl_(std::make_unique<Impl>()) {
  impl_->stop_limit_s = options.stop_limit_s;
  impl_->sender = std::make_shared<Sender>(make_settings(options, class_names, model));
  impl_->thread = start_thread([sender = impl_->sender] {
    block_broken_pipe_signal();
    sender->run();
  });
}

EventPublisher::~EventPublisher() {
  stop();
}

void EventPublisher::publish(const events::EventNews& news, const std::string& json_line) {
  impl_->sender->set_state(news.class_index, news.state == events::EventState::begun);
  const auto line = trimmed(json_line);
  if (!line.empty()) impl_->sender->add_event(line);
}

void EventPublisher::publish_level(float level_dbfs) {
  if (std::isfinite(level_dbfs)) impl_->sender->set_level(level_dbfs);
}

void EventPublisher::stop() {
  if (!impl_->thread.joinable()) return;
  if (impl_->sender->stop(impl_->stop_limit_s)) {
    impl_->thread.join();
  } else {
    impl_->thread.detach();
  }
}

bool EventPublisher::connected() const {
  return impl_->sender->connected();
}

}  // namespace soundfold::mqtt
