// SPDX-License-Identifier: Apache-2.0
#include "apps/configuration.h"

#include "config/load.h"
#include "config/print.h"
#include "device/device.h"
#include "runs/open_run.h"
#include "support/errors.h"

#include <cstdio>

namespace soundfold::apps {
namespace {

config::Experiment read_configuration(const RunArguments& arguments, config::Program program) {
  if (arguments.resume.empty()) return config::load_experiment(arguments.config, arguments.overrides, program);
  return runs::configuration_of_run(arguments.resume, arguments.overrides, program);
}

}  // namespace

void add_run_options(CLI::App& app, RunArguments& arguments, bool parallel) {
  app.add_option("--config", arguments.config, "The experiment (YAML)");
  app.add_option("--set", arguments.overrides, "Override a key: key=value, value in YAML; may be repeated")
      ->allow_extra_args(false);
  auto* resume = app.add_option("--resume", arguments.resume, "Resume the interrupted run in this folder");
  if (parallel) {
    app.add_option("--jobs", arguments.jobs,
                   "Number of trainings to run in parallel (cross-validation, sweep); 0: same as --threads")
        ->check(CLI::Range(0, 4096));
  }
  app.add_flag("--skip-finished", arguments.skip_finished,
               "Do nothing when the latest finished run had the same configuration, data and weights")
      ->excludes(resume);
  app.add_flag("--print-config", arguments.print_config, "Print the resolved configuration and exit");
  auto* options = app.add_flag("--options", arguments.list_options, "List all configuration keys and exit");
  app.add_flag("--markdown", arguments.markdown, "With --options: as a Markdown table")->needs(options);
  add_common_options(app, arguments.common, true);
}

std::optional<config::Experiment> requested_experiment(const CLI::App& app, const RunArguments& arguments,
                                                       config::Program program) {
  if (arguments.list_options) {
    std::fputs((arguments.markdown ? config::options_markdown(program) : config::options_help(program)).c_str(),
               stdout);
    return std::nullopt;
  }
  if (arguments.config.empty() == arguments.resume.empty()) {
    throw UsageError("give --config FILE, or --resume FOLDER (" + name_of(program) + " --help shows how)");
  }
  auto experiment = read_configuration(arguments, program);
  if (app.count("--device") > 0) experiment.run.device = arguments.common.device;
  if (app.count("--threads") > 0) experiment.run.threads = arguments.common.threads;
  if (!arguments.print_config) return experiment;
  std::fputs(config::to_yaml(experiment).c_str(), stdout);
  return std::nullopt;
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
