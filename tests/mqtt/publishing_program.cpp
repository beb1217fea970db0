// SPDX-License-Identifier: Apache-2.0
// tests_mqtt_publisher PORT: says that a dog barks at the broker of this machine, and waits to be killed.
#include "mqtt/event_publisher.h"
#include "support/errors.h"

#include <unistd.h>

#include <cstdlib>

int main(int count, char** words) {
  return soundfold::run_program("tests_mqtt_publisher", [&] {
    soundfold::mqtt::MqttOptions options;
    options.host = "127.0.0.1";
    options.port = count > 1 ? std::atoi(words[1]) : 0;
    soundfold::mqtt::EventPublisher publisher(options, {"dog"}, "test");
    soundfold::events::EventNews news;
    news.state = soundfold::events::EventState::begun;
    publisher.publish(news, R"({"label": "dog"})");
    while (true) pause();
    return 0;
  });
}
