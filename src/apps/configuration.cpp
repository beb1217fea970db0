// SPDX-License-Identifier: Apache-2.0
#include "apps/configuration.h"

#include "config/load.h"
#include "config/print.h"
#include "device/device.h"
#include "ranks/join.h"
#include "reference/options_text.h"
#include "runs/open_run.h"
#include "support/errors.h"
#include "support/logging.h"

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

namespace soundfold::apps {
namespace {

config::Experiment read_configuration(const RunArguments& arguments, config::Program program) {
  if (!arguments.data.empty()) return arguments.read_data(arguments.data, arguments.overrides);
  if (arguments.resume.empty()) return config::load_experiment(arguments.config, arguments.overrides, program);
  return runs::configuration_of_run(arguments.resume, arguments.overrides, program);
}

}  // namespace

void add_run_options(CLI::App& app, RunArguments& arguments, bool parallel) {
  app.add_option("--config", arguments.config, "The experiment (YAML)");
  command_line::add_set_option(app, arguments.overrides);
  auto* resume = app.add_option("--resume", arguments.resume, "Resume the interrupted run in this folder");
  if (parallel) {
    app.add_option("--jobs", arguments.jobs,
                   "Number of trainings to run in parallel (cross-validation, sweep); 0: same as --threads")
        ->check(CLI::Range(0, 4096));
  }
  app.add_option("--ranks", arguments.ranks,
                 "Where several processes, started by mpirun, srun or with RANK and WORLD_SIZE, meet: HOST:PORT or a "
                 "file's path; none: this one runs alone");
  app.add_flag("--skip-finished", arguments.skip_finished,
               "Do nothing when the latest finished run had the same configuration, data and weights")
      ->excludes(resume);
  app.add_flag("--print-config", arguments.print_config, "Print the resolved configuration and exit");
  auto* options = app.add_option("--options", arguments.explain,
                                 "List all configuration keys, or explain one or a group (such as training), and exit")
                      ->type_name("[KEY]")
                      ->expected(0, 1);
  app.add_flag("--markdown", arguments.markdown, "With --options: all keys, as Markdown")->needs(options);
  command_line::add_common_options(app, arguments.common, true);
  if (const auto program = choice_named<config::Program>(app.get_name())) {
    arguments.common.value_words["--set"] = reference::completion_words(*program);
  }
}

std::optional<config::Experiment> requested_experiment(const CLI::App& app, const RunArguments& arguments,
                                                       config::Program program) {
  if (app.count("--options") > 0) {
    const auto text = arguments.markdown          ? reference::options_markdown(program)
                      : arguments.explain.empty() ? reference::options_help(program)
                                                  : reference::explanation(program, arguments.explain);
    std::fputs(text.c_str(), stdout);
    return std::nullopt;
  }
  const std::vector<std::string> given = {arguments.data, arguments.config, arguments.resume};
  if (std::count(given.begin(), given.end(), "") != 2) {
    throw UsageError(std::string("give ") + (arguments.read_data ? "a folder of sounds, " : "") +
                     "--config FILE, or --resume FOLDER (" + name_of(program) + " --help shows how)");
  }
  auto experiment = read_configuration(arguments, program);
  if (app.count("--device") > 0) experiment.run.device = arguments.common.device;
  if (app.count("--threads") > 0) experiment.run.threads = arguments.common.threads;
  if (!arguments.print_config) return experiment;
  std::fputs(config::to_yaml(experiment).c_str(), stdout);
  return std::nullopt;
}

void run_ranked(const RunArguments& arguments, const std::function<void(ranks::Group* group)>& body) {
  const auto place = ranks::place_of_process(arguments.ranks);
  if (place.rank > 0) {
    start_logging(Verbosity::quiet, log_format());
    logger().set_level(spdlog::level::err);
  }
  ranks::with_ranks(place, body);
}

runs::RunOptions run_options(const config::Experiment& experiment, const RunArguments& arguments) {
  use_one_torch_thread();
  auto options = runs::options_for(experiment);
  options.resume = !arguments.resume.empty();
  options.resume_folder = arguments.resume;
  options.skip_finished = arguments.skip_finished;
  options.jobs = arguments.jobs;
  return options;
}

}  // namespace soundfold::apps
