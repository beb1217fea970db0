// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "command_line/program.h"
#include "config/experiment.h"
#include "ranks/group.h"
#include "runs/run_options.h"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace soundfold::apps {

/// What a program that runs an experiment from one YAML file takes on its command line.
struct RunArguments {
  command_line::CommonOptions common;
  std::string config;
  std::string data;  ///< a folder or CSV in place of a configuration
  /// The experiment of such data with overrides; not set in programs that take none.
  std::function<config::Experiment(const std::filesystem::path& data, const std::vector<std::string>& overrides)>
      read_data;
  std::vector<std::string> overrides;
  std::string resume;
  std::string ranks;  ///< where several processes meet, or "none"
  int jobs = 0;
  bool skip_finished = false;
  bool print_config = false;
  std::string explain;  ///< of --options: a key, or the beginning of some; empty: all
  bool markdown = false;
};

/// Declares them, and the common options; `parallel` declares --jobs.
void add_run_options(CLI::App& app, RunArguments& arguments, bool parallel);

/// The experiment that --config, --resume or the data name, with --set, --device and --threads. Nothing where --options
/// or
/// --print-config asks for a text only: it is printed. Throws UsageError, for a mistake in the configuration too.
std::optional<config::Experiment> requested_experiment(const CLI::App& app, const RunArguments& arguments,
                                                       config::Program program);

/// Runs `body` as the launcher's variables and --ranks say: as one of several processes, whose group it gets, or alone
/// (null). Ranks after the first log errors alone from then on.
void run_ranked(const RunArguments& arguments, const std::function<void(ranks::Group* group)>& body);

/// Where and how the experiment is run; logs the device. LibTorch uses one thread from then on.
runs::RunOptions run_options(const config::Experiment& experiment, const RunArguments& arguments);

}  // namespace soundfold::apps
