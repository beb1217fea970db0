// SPDX-License-Identifier: Apache-2.0
#include "apps/common.h"

#include "support/errors.h"
#include "support/logging.h"
#include "support/version.h"

#include <cstdio>

namespace soundfold::apps {

void add_common_options(CLI::App& app, CommonOptions& options, bool computes, bool parallel) {
  app.set_version_flag("--version", std::string("soundfold ") + version(), "Print the version and exit");
  auto* quiet = app.add_flag("--quiet", options.quiet, "Only warnings, errors and results");
  app.add_flag("--verbose", options.verbose, "More log lines, with times")->excludes(quiet);
  if (!computes) return;
  app.add_option("--device", options.device, "auto, cpu, cuda or cuda:N")->capture_default_str();
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
    std::fprintf(stderr, "%s: error: %s (%s --help shows how)\n", app.get_name().c_str(), error.what(),
                 app.get_name().c_str());
    return 2;
  }
  start_logging(options.quiet ? Verbosity::quiet : options.verbose ? Verbosity::verbose : Verbosity::normal);
  return run_program(app.get_name(), body);
}

}  // namespace soundfold::apps
