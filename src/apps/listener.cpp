// SPDX-License-Identifier: Apache-2.0
// listener: the events of sound that does not end, as they happen.
#include "apps/model_options.h"
#include "command_line/program.h"
#include "listening/event_pass.h"
#include "listening/live.h"
#include "microphone/microphone.h"
#include "model_loading/load_model.h"
#include "mqtt/event_publisher.h"
#include "runtime/model_path.h"
#include "support/errors.h"
#include "support/interrupt.h"
#include "support/logging.h"
#include "support/progress.h"
#include "text/text.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <numeric>
#include <optional>

using namespace soundfold;

namespace {

constexpr const char* kExamples = R"(Examples:
  listener --model experiments/dogcat/latest miaow_16k.wav
  listener --model experiments/dogcat/latest --microphone default --reconnect
  ffmpeg -v error -i rtsp://camera/stream -vn -f wav - | listener --model experiments/dogcat/latest
  listener --model experiments/dogcat/latest --clips clips/ --reconnect \
    --command 'ffmpeg -v error -i rtsp://camera/stream -vn -f s16le -ar 16000 -ac 1 -' --raw s16le:16000:1

Prints one line of JSON when an event begins and one when it has ended, at once. When an event is one is what the model's
rules say, or those of --rules (docs/events.md). SIGINT and SIGTERM end what is open and the program, with exit code 0.
)";

struct Arguments {
  command_line::CommonOptions common;
  model_loading::ModelRequest model;
  apps::ModelOptions options;
  std::string input = "-", command, microphone, raw, rules;
  bool list_microphones = false;
  std::optional<double> hop_s;
  listening::ClipOptions clips;
  listening::LiveOptions live;
  std::string broker;
  bool no_discovery = false;
  mqtt::MqttOptions mqtt;
};

void declare_mqtt(CLI::App& app, Arguments& arguments) {
  auto& options = arguments.mqtt;
  auto* broker = app.add_option("--mqtt", arguments.broker, "Publish events at this MQTT broker: HOST or HOST:PORT");
  app.add_option("--mqtt-user", options.user, "User name for the broker")->needs(broker);
  app.add_option("--mqtt-password-file", options.password_file,
                 "File with the password in its first line; without it SOUNDFOLD_MQTT_PASSWORD of the environment")
      ->needs(broker);
  app.add_option("--mqtt-ca", options.ca_file, "Certificates (PEM) to check the broker's with: turns TLS on")
      ->needs(broker);
  app.add_option("--mqtt-topic", options.topic, "First levels of every topic")->capture_default_str()->needs(broker);
  app.add_option("--mqtt-name", options.name, "This program among those of the broker")
      ->capture_default_str()
      ->needs(broker);
  app.add_flag("--no-discovery", arguments.no_discovery, "Do not announce the classes to Home Assistant")
      ->needs(broker);
}

void declare(CLI::App& app, Arguments& arguments) {
  auto* model =
      app.add_option("--model", arguments.model.file, "a run's folder, its model.safetensors or model.pt, or yamnet.pt")
          ->required();
  apps::add_model_options(app, arguments.model, arguments.options);
  auto* input = app.add_option("INPUT", arguments.input, "Named pipe to listen to, or - for standard input (WAV)")
                    ->capture_default_str();
  auto* command = app.add_option("--command", arguments.command, "Listen to the output of this shell command instead")
                      ->excludes(input);
  auto* raw = app.add_option("--raw", arguments.raw, "The sound has no header: TYPE:RATE:CHANNELS, as s16le:16000:1");
  app.add_option("--microphone", arguments.microphone, "Record from this device of ALSA instead, such as default")
      ->excludes(input, command, raw);
  app.add_flag_callback(
      "--list-microphones", [&, model] { arguments.list_microphones = model->required(false) != nullptr; },
      "Print the names of the devices that record, and what they are, and exit");
  app.add_flag("--reconnect", arguments.live.reconnect,
               "When the sound ends, open its source or run the command again after 1, 2, 4, ... 30 s");
  app.add_option("--hop", arguments.hop_s,
                 "Seconds between windows, a multiple of 0.01; without it the rules' or model's");
  app.add_option("--rules", arguments.rules, "Rules of events from this JSON file instead of the model's");
  app.add_option("--clips", arguments.clips.folder, "Cut each event into FOLDER/CLASS/TIME_START_END.wav");
  app.add_option("--clip-margin", arguments.clips.margin_s, "Seconds kept before and after an event in its clip")
      ->check(CLI::Range(0.0, 60.0))
      ->capture_default_str();
  declare_mqtt(app, arguments);
  command_line::add_common_options(app, arguments.common, true, false);
}

/// On a terminal: the level and the most probable classes of the newest window.
std::string glance(const runtime::Window& window, const std::vector<std::string>& class_names) {
  std::vector<std::size_t> order(class_names.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const std::size_t shown_classes = std::min<std::size_t>(3, order.size());
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(shown_classes), order.end(),
                    [&](auto a, auto b) { return window.probabilities[a] > window.probabilities[b]; });
  std::string text = fixed(window.level_dbfs, 0) + " dBFS";
  if (window.silent) return text + ", silence";
  for (std::size_t i = 0; i < shown_classes; ++i) {
    text += ", " + shown(class_names[order[i]], 40) + " " + fixed(window.probabilities[order[i]], 2);
  }
  return text;
}

void choose_source(Arguments& arguments) {
  std::optional<listening::RawFormat> raw;
  if (!arguments.raw.empty()) raw = listening::raw_format_named(arguments.raw);
  if (arguments.live.reconnect && arguments.command.empty() && arguments.microphone.empty() && arguments.input == "-") {
    throw UsageError(
        "--reconnect: standard input cannot be opened again; give a named pipe, --command or --microphone");
  }
  arguments.live.connect = [raw, command = arguments.command, input = arguments.input, name = arguments.microphone] {
    if (!name.empty()) return microphone::microphone_source(name, audio::kSampleRateHz);
    const auto* format = raw ? &*raw : nullptr;
    return command.empty() ? listening::pipe_source(input, format) : listening::command_source(command, format);
  };
}

int listen(Arguments& arguments) {
  if (arguments.list_microphones) {
    std::fputs(microphone::microphone_lines().c_str(), stdout);
    return 0;
  }
  choose_source(arguments);
  arguments.model.file = runtime::model_path(arguments.model.file, runtime::FirstChoice::plain).string();
  arguments.model.device = arguments.common.device;
  const auto classifier = model_loading::load_model(arguments.model);
  if (arguments.options.no_silence_gate) classifier->disable_silence_gate();
  if (!arguments.rules.empty()) listening::take_rules_of(*classifier, arguments.rules);
  listening::choose_hop(*classifier, arguments.hop_s);
  auto& live = arguments.live;
  live.channels =
      audio::channels_named(arguments.options.channels.empty() ? classifier->channels() : arguments.options.channels);
  if (!arguments.clips.folder.empty()) live.clips = arguments.clips;
  std::optional<mqtt::EventPublisher> publisher;
  if (!arguments.broker.empty()) {
    mqtt::set_broker(arguments.mqtt, arguments.broker);
    arguments.mqtt.discovery = !arguments.no_discovery;
    publisher.emplace(arguments.mqtt, classifier->class_names(), arguments.model.file);
  }
  live.hear = [&](const listening::LiveNews& news) {
    const std::string line = live_json(news);
    if (publisher) publisher->publish(news.news, line);
    std::printf("%s\n", line.c_str());
    if (std::fflush(stdout) != 0) throw DataError(std::string("standard output: ") + std::strerror(errno));
  };
  std::optional<Progress> progress;
  if (isatty(STDERR_FILENO) != 0 && !arguments.common.quiet) progress.emplace("listening", 0, "windows");
  live.look = [&](const runtime::Window& window) {
    if (publisher) publisher->publish_level(window.level_dbfs);
    if (!progress) return;
    progress->set_note(glance(window, classifier->class_names()));
    progress->advance();
  };
  const double seconds = listening::listen(*classifier, live);
  progress.reset();
  if (publisher) publisher->stop();
  logger().info("{:.1f} s of sound", seconds);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Finds events in sound that does not end, with a model made by trainer, or with YAMNet itself.",
               "listener"};
  app.footer(kExamples);
  Arguments arguments;
  arguments.model.command_line = argv;
  declare(app, arguments);
  return command_line::run_app(app, argc, argv, arguments.common, [&] {
    model_loading::prepare_thread();
    return listen(arguments);
  });
}
