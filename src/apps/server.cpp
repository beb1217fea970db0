// SPDX-License-Identifier: Apache-2.0
// server: a model's answers over HTTP. server_torch has the same main.

#include "apps/model_options.h"
#include "command_line/program.h"
#include "model_loading/load_model.h"
#include "runtime/model_path.h"
#include "serving/http_server.h"
#include "support/errors.h"
#include "support/logging.h"
#include "support/threads.h"

#include <cctype>
#include <cstdio>
#include <filesystem>

using namespace soundfold;

namespace {

constexpr const char* kExamples = R"(Examples:
  server --model experiments/dogcat/latest/model.safetensors    # then open http://127.0.0.1:8080/
  server --model model.safetensors --port 0 --threads 2 --queue 16       # prints the port that it got
  curl -F file=@miaow_16k.wav 'http://127.0.0.1:8080/classify?windows=1'

It answers this machine only, unless --host says otherwise; then it belongs behind a proxy that has TLS and knows its
users. SIGTERM and Ctrl-C end it after the requests that are running. Standard output gets one line, its address.
A model.safetensors holds numbers only. Loading a .pt runs the code in it, unless the model.safetensors written with it is
beside it, which is then used: load .pt files from people you trust.
)";

struct Arguments {
  command_line::CommonOptions common;
  serving::Settings settings;
  model_loading::ModelRequest model;
  std::string host = "127.0.0.1", name;
  int port = 8080;
  double max_body_mib = 32;
  apps::ModelOptions options;
};

void declare(CLI::App& app, Arguments& arguments) {
  auto& settings = arguments.settings;
  app.add_option("--model", arguments.model.file, "a run's folder, its model.safetensors or model.pt, or yamnet.pt")
      ->required();
  app.add_option("--name", arguments.name, "The model's name in addresses; without it that of its file");
  app.add_option("--host", arguments.host, "Address to listen on; 0.0.0.0: every one of this machine")
      ->capture_default_str();
  app.add_option("--port", arguments.port, "Port to listen on; 0: a free one")
      ->capture_default_str()
      ->check(CLI::Range(0, 65535));
  app.add_option("--queue", settings.queue, "Requests that may wait; further ones are answered with 429")
      ->capture_default_str()
      ->check(CLI::Range(0, 900));
  app.add_option("--max-body", arguments.max_body_mib, "Largest body of a request, in MiB")
      ->capture_default_str()
      ->check(CLI::Range(0.001, 4096.0));
  app.add_option("--max-seconds", settings.max_seconds, "Longest sound, in seconds")
      ->capture_default_str()
      ->check(CLI::Range(0.1, 1e6));
  app.add_option("--time-limit", settings.time_limit_s, "Longest a request may take, in seconds")
      ->capture_default_str()
      ->check(CLI::Range(0.1, 86400.0));
  apps::add_model_options(app, arguments.model, arguments.options);
  command_line::add_common_options(app, arguments.common, true);
}

/// A name for addresses: what is no letter, digit, '.', '_' or '-' becomes '-'.
std::string plain_name(std::string name) {
  const auto is_plain = [](unsigned char c) { return std::isalnum(c) != 0 || c == '.' || c == '_' || c == '-'; };
  for (char& c : name) {
    if (!is_plain(static_cast<unsigned char>(c))) c = '-';
  }
  return name;
}

int serve(Arguments& arguments) {
  auto& settings = arguments.settings;
  settings.threads = thread_count(arguments.common.threads);
  settings.channels = arguments.options.channels;
  settings.max_body_bytes = static_cast<std::size_t>(arguments.max_body_mib * 1024 * 1024);
  arguments.model.file = runtime::model_path(arguments.model.file, runtime::FirstChoice::plain).string();
  settings.model_name =
      plain_name(arguments.name.empty() ? std::filesystem::path(arguments.model.file).stem().string() : arguments.name);
  settings.prepare_thread = model_loading::prepare_thread;
  arguments.model.device = arguments.common.device;
  const auto model = model_loading::load_model(arguments.model);
  if (arguments.options.no_silence_gate) model->disable_silence_gate();
  serving::Service service(*model, settings);
  serving::HttpServer server(service);
  const int port = server.bind(arguments.host, arguments.port);
  logger().info("{} classes of {}, {} at once and {} waiting", model->class_names().size(), arguments.model.file,
                settings.threads, settings.queue);
  const bool is_ipv6 = arguments.host.find(':') != std::string::npos;
  std::printf("http://%s%s%s:%d/\n", is_ipv6 ? "[" : "", arguments.host.c_str(), is_ipv6 ? "]" : "", port);
  std::fflush(stdout);
  server.run();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Answers over HTTP which classes sounds have, with a model made by trainer, or with YAMNet itself.",
               "server"};
  app.footer(kExamples);
  Arguments arguments;
  arguments.model.command_line = argv;
  declare(app, arguments);
  return command_line::run_app(app, argc, argv, arguments.common, [&] {
    model_loading::prepare_thread();
    return serve(arguments);
  });
}
