// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "option_pages/option_pages.h"

#include <CLI/CLI.hpp>

#include <functional>
#include <string>
#include <vector>

namespace soundfold::command_line {

/// The options every program has: --version, --quiet, --verbose, --log-format, --completion, --man, and --device,
/// --threads where they compute.
struct CommonOptions {
  bool quiet = false;
  bool verbose = false;
  std::string log_format = "text";
  std::string device = "auto";
  int threads = 0;
  option_pages::ValueWords value_words;  ///< for --completion
};

/// Adds the options above to `app`, both of which outlive parsing; `computes` adds --device and, where work is shared
/// between threads (`parallel`),
/// --threads.
void add_common_options(CLI::App& app, CommonOptions& options, bool computes, bool parallel = true);

/// Declares --set KEY=VALUE, which may be repeated.
void add_set_option(CLI::App& app, std::vector<std::string>& overrides);

/// Prints a summary to standard output, with emphasis where that is a terminal that takes it.
void print_summary(const std::string& summary);

/// Declares --trust-foreign-model; `scores` becomes "logits", "probabilities" or stays empty.
void add_trust_option(CLI::App& app, std::string& scores);

/// Parses the command line (CLI11's own help and version included), starts logging, and runs `body` through
/// run_program(). A mistake on the command line is one line on stderr and exit code 2.
int run_app(CLI::App& app, int argc, char** argv, const CommonOptions& options, const std::function<int()>& body);

}  // namespace soundfold::command_line
