// SPDX-License-Identifier: Apache-2.0
#include "command_line/program.h"

#include "support/errors.h"
#include "support/logging.h"
#include "support/version.h"
#include "text/table.h"
#include "text/text.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <regex>

namespace soundfold::command_line {
namespace {

/// Today, or the day that a reproducible build names (https://reproducible-builds.org/specs/source-date-epoch).
std::string page_date() {
  const char* fixed_time = std::getenv("SOURCE_DATE_EPOCH");
  const std::time_t now = fixed_time != nullptr ? std::strtoll(fixed_time, nullptr, 10) : std::time(nullptr);
  std::tm day{};
  gmtime_r(&now, &day);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d", &day);
  return text;
}

/// CLI11 prints it to standard output and ends the program, whatever else is on the command line or missing there.
[[noreturn]] void print_page(std::string page) {
  while (!page.empty() && page.back() == '\n') page.pop_back();  // CLI11 adds one
  throw CLI::CallForVersion(page, 0);
}

void add_page_options(CLI::App& app, const CommonOptions& options) {
  app.add_option_function<std::string>(
         "--completion",
         [&](const std::string& shell) {
           print_page(option_pages::completion_script(app, shell, options.value_words));
         },
         "Print a script that completes this program's options in that shell, and exit")
      ->check(CLI::IsMember(option_pages::completion_shells()));
  app.add_flag_callback(
      "--man", [&] { print_page(option_pages::man_page(app, version(), page_date())); },
      "Print the manual page (roff) and exit");
}

LogFormat format_named(const std::string& name) {
  return name == "json" ? LogFormat::json : LogFormat::text;
}

/// What was given for --log-format, even when the command line has a mistake elsewhere.
LogFormat given_format(const CLI::App& app) {
  const auto& given = app.get_option("--log-format")->results();
  return given.empty() ? LogFormat::text : format_named(given.back());
}

/// Whether the device exists is known later, by LibTorch.
std::string device_problem(const std::string& name) {
  static const std::regex known("auto|cpu|cuda|cuda:[0-9]{1,3}");
  return std::regex_match(name, known) ? "" : "device '" + shown(name) + "' is not one of auto, cpu, cuda, cuda:N";
}

/// "; did you mean --model?" for the first option on the command line that the program does not have, else "".
std::string nearest_option(const CLI::App& app, int argc, char** argv) {
  std::vector<std::string> known;
  for (const auto* option : app.get_options()) {
    for (const auto& name : option->get_lnames()) known.push_back("--" + name);
  }
  for (int i = 1; i < argc; ++i) {
    const std::string given = std::string(argv[i]).substr(0, std::string(argv[i]).find('='));
    if (given.rfind("--", 0) != 0 || given == "--") continue;
    if (std::find(known.begin(), known.end(), given) != known.end()) continue;
    const auto nearest = nearest_name(given, known);
    return nearest.empty() ? "" : "; did you mean " + nearest + "?";
  }
  return "";
}

}  // namespace

void add_common_options(CLI::App& app, CommonOptions& options, bool computes, bool parallel) {
  app.set_version_flag("--version", std::string("soundfold ") + version(), "Print the version and exit");
  auto* quiet = app.add_flag("--quiet", options.quiet, "Only warnings, errors and results");
  app.add_flag("--verbose", options.verbose, "More log lines, with times")->excludes(quiet);
  app.add_option("--log-format", options.log_format, "Log lines on stderr: text, or json (one object a line)")
      ->capture_default_str()
      ->check(CLI::IsMember({"text", "json"}));
  add_page_options(app, options);
  if (!computes) return;
  app.add_option("--device", options.device, "auto, cpu, cuda or cuda:N")->capture_default_str()->check(device_problem);
  options.value_words["--device"] = {"auto", "cpu", "cuda"};
  if (!parallel) return;
  app.add_option("--threads", options.threads, "Threads to use; 0: the processors this process may use")
      ->capture_default_str()
      ->check(CLI::Range(0, 4096));
}

void add_set_option(CLI::App& app, std::vector<std::string>& overrides) {
  app.add_option("--set", overrides, "Override a key, value in YAML (--set seed=2); may be repeated")
      ->type_name("KEY=VALUE")
      ->expected(1)
      ->take_all();
}

void print_summary(const std::string& summary) {
  std::fputs(emphasised(summary, Colours(colours_wanted(STDOUT_FILENO))).c_str(), stdout);
}

void add_trust_option(CLI::App& app, std::string& scores) {
  app.add_option(
         "--trust-foreign-model", scores,
         "Load a TorchScript file without Soundfold's metadata too, and take its scores for logits (of one class "
         "of several) or probabilities (of each class by itself). It contains code by its author that runs with your "
         "privileges: only for files from people you trust")
      ->check(CLI::IsMember({"logits", "probabilities"}));
}

int run_app(CLI::App& app, int argc, char** argv, const CommonOptions& options, const std::function<int()>& body) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {
    return run_program(app.get_name(), [&] { return app.exit(success); });
  } catch (const CLI::ParseError& error) {
    print_last_line(
        app.get_name(), spdlog::level::err,
        std::string(error.what()) + nearest_option(app, argc, argv) + " (" + app.get_name() + " --help shows how)",
        given_format(app));
    return 2;
  }
  start_logging(options.quiet     ? Verbosity::quiet
                : options.verbose ? Verbosity::verbose
                                  : Verbosity::normal,
                format_named(options.log_format));
  return run_program(app.get_name(), body);
}

}  // namespace soundfold::command_line
