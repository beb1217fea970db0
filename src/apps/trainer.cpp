// SPDX-License-Identifier: Apache-2.0
#include "apps/configuration.h"
#include "apps/data_audit.h"
#include "protocols/run.h"
#include "protocols/summary.h"
#include "support/errors.h"
#include "support/logging.h"

using namespace soundfold;

namespace {

constexpr const char* kExamples = R"(Examples:
  trainer --config configs/dogcat.yaml
  trainer --config configs/dogcat.yaml --set folds.train=[4] --set folds.test=[1] --set folds.validation=[]
  trainer --config configs/dogcat.yaml --print-config       # the resolved configuration, nothing else
  trainer --config configs/esc10.yaml --set protocol.repeats=5 --jobs 4   # 5-fold cross-validation with 5 seeds
  trainer --resume experiments/dogcat/2026-11-22_07-40-11   # resume an interrupted run
  trainer --config configs/esc10.yaml --audit --page audit.html   # what may be wrong with the data; trains nothing
  trainer --options                                         # every key with its default and meaning
  trainer --options training.batch_size                      # one key, with an example; --options head: a group
)";

struct AuditArguments {
  bool wanted = false;
  std::string page;
  bool json = false;
};

int train(const CLI::App& app, const apps::RunArguments& arguments, const AuditArguments& audit) {
  const auto experiment = apps::requested_experiment(app, arguments, config::Program::trainer);
  if (!experiment) return 0;
  if (audit.wanted) return apps::audit_experiment(*experiment, audit.page, audit.json);
  if (arguments.jobs > 0 && experiment->sweep.empty() && !experiment->protocol.cross_validates()) {
    logger().warn("--jobs {} has no effect: this experiment is one training; it is for sweeps and cross-validations",
                  arguments.jobs);
  }
  const auto result = protocols::run_experiment(*experiment, apps::run_options(*experiment, arguments));
  apps::print_summary(protocols::summary_text(result));
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
  apps::RunArguments arguments;
  AuditArguments audit;
  apps::add_run_options(app, arguments, /*parallel=*/true);
  auto* wanted =
      app.add_flag("--audit", audit.wanted,
                   "Look for what may be wrong with the data, print it, and train nothing: duplicates, wrong "
                   "labels, silence, clipping, formats")
          ->excludes("--resume");
  app.add_option("--page", audit.page, "With --audit: also write a page to this file (HTML), to hear the clips")
      ->needs(wanted);
  app.add_flag("--json", audit.json, "With --audit: print everything as JSON")->needs(wanted);
  return apps::run_app(app, argc, argv, arguments.common, [&] { return train(app, arguments, audit); });
}
