// SPDX-License-Identifier: Apache-2.0
#include "apps/common.h"
#include "config/load.h"
#include "device/device.h"
#include "protocols/run.h"
#include "protocols/summary.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/logging.h"
#include "support/threads.h"

#include <cstdio>
#include <filesystem>

using namespace soundfold;

namespace {

constexpr const char* kExamples = R"(Examples:
  trainer --config configs/dogcat.yaml
  trainer --config configs/dogcat.yaml --set folds.train=[4] --set folds.test=[1] --set folds.validation=[]
  trainer --config configs/dogcat.yaml --print-config       # the resolved configuration, nothing else
  trainer --config configs/esc10.yaml --set protocol.repeats=5 --jobs 4   # 5-fold cross-validation with 5 seeds
  trainer --resume experiments/dogcat/2026-11-22_07-40-11   # resume an interrupted run
  trainer --options                                         # every key with its default and meaning
)";

struct Arguments {
  apps::CommonOptions common;
  std::string config;
  std::vector<std::string> overrides;
  std::string resume;
  int jobs = 0;
  bool skip_finished = false;
  bool print_config = false;
  bool list_options = false;
  bool markdown = false;
};

config::Experiment read_configuration(const Arguments& arguments) {
  if (arguments.resume.empty()) return config::load_experiment(arguments.config, arguments.overrides);
  const auto file = std::filesystem::path(arguments.resume) / "config.yaml";
  if (!std::filesystem::exists(file)) {
    throw UsageError(arguments.resume + ": not the folder of a run (it has no config.yaml)");
  }
  return config::stored_experiment(read_file(file), file.string(), arguments.overrides);
}

/// The configuration, overridden by the command line's --device and --threads.
config::Experiment configuration(const CLI::App& app, const Arguments& arguments) {
  if (arguments.config.empty() == arguments.resume.empty()) {
    throw UsageError("give --config FILE, or --resume FOLDER (trainer --help shows how)");
  }
  auto experiment = read_configuration(arguments);
  if (app.count("--device") > 0) experiment.run.device = arguments.common.device;
  if (app.count("--threads") > 0) experiment.run.threads = arguments.common.threads;
  return experiment;
}

int train(const CLI::App& app, const Arguments& arguments) {
  if (arguments.list_options) {
    std::fputs((arguments.markdown ? config::options_markdown() : config::options_help()).c_str(), stdout);
    return 0;
  }
  const auto experiment = configuration(app, arguments);
  if (arguments.print_config) {
    std::fputs(config::to_yaml(experiment).c_str(), stdout);
    return 0;
  }
  if (arguments.jobs > 0 && experiment.sweep.empty() && experiment.protocol.type == "fixed") {
    spdlog::warn("--jobs {} has no effect: this experiment is one training; it is for sweeps and cross-validations",
                 arguments.jobs);
  }
  use_one_torch_thread();
  runs::RunOptions options;
  options.device = use_device(experiment.run.device, experiment.run.tf32);
  options.device_reason = device_reason(experiment.run.device);
  if (experiment.run.tf32 && options.device.is_cpu()) spdlog::warn("run.tf32 has no effect on the CPU");
  options.resume = !arguments.resume.empty();
  options.resume_folder = arguments.resume;
  options.skip_finished = arguments.skip_finished;
  options.jobs = arguments.jobs;
  spdlog::info("device: {}; {}",
               describe_device(options.device, thread_count(static_cast<int>(experiment.run.threads))),
               options.device_reason);
  const auto result = protocols::run_experiment(experiment, options);
  std::fputs(protocols::summary_text(result).c_str(), stdout);
  if (!result.problem.empty()) throw DataError(result.problem);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "Trains a sound classifier from one YAML file: embeds the data, trains a head, tests it and exports one "
      "TorchScript file.",
      "trainer"};
  app.footer(kExamples);
  Arguments arguments;
  app.add_option("--config", arguments.config, "The experiment (YAML)");
  app.add_option("--set", arguments.overrides, "Override a key: key=value, value in YAML; may be repeated")
      ->allow_extra_args(false);
  auto* resume = app.add_option("--resume", arguments.resume, "Resume the interrupted run in this folder");
  app.add_option("--jobs", arguments.jobs,
                 "Number of trainings to run in parallel (cross-validation, sweep); 0: same as --threads")
      ->check(CLI::Range(0, 4096));
  app.add_flag("--skip-finished", arguments.skip_finished,
               "Do nothing when the latest finished run had the same configuration, data and weights")
      ->excludes(resume);
  app.add_flag("--print-config", arguments.print_config, "Print the resolved configuration and exit");
  auto* options = app.add_flag("--options", arguments.list_options, "List all configuration keys and exit");
  app.add_flag("--markdown", arguments.markdown, "With --options: as a Markdown table")->needs(options);
  apps::add_common_options(app, arguments.common, true);
  return apps::run_app(app, argc, argv, arguments.common, [&] { return train(app, arguments); });
}
