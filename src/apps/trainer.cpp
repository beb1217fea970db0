// SPDX-License-Identifier: Apache-2.0
#include "apps/configuration.h"
#include "own_data/audit_data.h"
#include "own_data/check_data.h"
#include "own_data/own_experiment.h"
#include "protocols/run.h"
#include "protocols/summary.h"
#include "runs/run_folder.h"
#include "support/errors.h"
#include "support/logging.h"

#include <cstdio>
#include <filesystem>
#include <optional>

using namespace soundfold;

namespace {

constexpr const char* kExamples = R"(Examples:
  trainer my_sounds/                                        # a folder with one folder per class; no YAML needed
  trainer --check my_sounds/                                # what training would do with it; trains nothing
  trainer --config configs/dogcat.yaml
  trainer --config configs/dogcat.yaml --set folds.train=[4] --set folds.test=[1] --set folds.validation=[]
  trainer --config configs/dogcat.yaml --print-config       # the resolved configuration, nothing else
  trainer --config configs/esc10.yaml --set protocol.repeats=5 --jobs 4   # 5-fold cross-validation with 5 seeds
  mpirun -n 2 trainer --config configs/dogcat.yaml          # two processes that train together (docs/ranks.md)
  trainer --resume experiments/dogcat/2026-11-22_07-40-11   # resume an interrupted run
  trainer --config configs/esc10.yaml --audit --page audit.html   # what may be wrong with the data; trains nothing
  trainer --options                                         # every key with its default and meaning
  trainer --options training.batch_size                      # one key, with an example; --options head: a group
)";

struct LookArguments {
  bool check = false;
  bool audit = false;
  std::string page;
  bool json = false;
  const char* program = "trainer";  ///< as it was called
};

/// After a training of data without a YAML file; `before`: what `latest` pointed at.
void print_what_next(const runs::RunResult& result, const std::optional<runs::RunFolder>& before, const char* program) {
  const auto latest = result.folder.parent_path() / "latest";
  std::error_code failed;
  const bool moved = before && std::filesystem::equivalent(latest, result.folder, failed) &&
                     !std::filesystem::equivalent(before->path(), result.folder, failed);
  if (moved) std::printf("%s now points here, before at %s\n", latest.c_str(), before->path().filename().c_str());
  std::printf("Again: %s --config %s\n", program, (result.folder / "config.yaml").c_str());
}

/// As one of several processes (rank 0 prints), or alone.
void train_ranked(const config::Experiment& experiment, const apps::RunArguments& arguments, const LookArguments& look,
                  ranks::Group* group) {
  const bool without_yaml = !arguments.data.empty();
  if (without_yaml) own_data::announce_data(experiment);
  const auto before = runs::RunFolder::latest_finished(experiment.run.folder, experiment.name);
  auto options = apps::run_options(experiment, arguments);
  options.group = group;
  const auto result = protocols::run_experiment(experiment, options);
  if (!ranks::is_first(group)) return;
  command_line::print_summary(protocols::summary_text(result));
  if (without_yaml) print_what_next(result, before, look.program);
  if (!result.problem.empty()) throw DataError(result.problem);
}

int train(const CLI::App& app, const apps::RunArguments& arguments, const LookArguments& look) {
  if (look.json && !look.check && !look.audit) throw UsageError("--json is for --check and --audit");
  const auto experiment = apps::requested_experiment(app, arguments, config::Program::trainer);
  if (!experiment) return 0;
  if (look.check) return own_data::check_data(*experiment, look.json);
  if (look.audit) return own_data::audit_data(*experiment, look.page, look.json);
  if (arguments.jobs > 0 && experiment->sweep.empty() && !experiment->protocol.cross_validates()) {
    logger().warn("--jobs {} has no effect: this experiment is one training; it is for sweeps and cross-validations",
                  arguments.jobs);
  }
  apps::run_ranked(arguments, [&](ranks::Group* group) { train_ranked(*experiment, arguments, look, group); });
  return 0;
}

/// A folder or CSV in place of a configuration, and options that look at data and train nothing.
void declare_data(CLI::App& app, apps::RunArguments& arguments, LookArguments& look) {
  arguments.read_data = own_data::own_experiment;
  app.add_option(
         "DATA", arguments.data,
         "Folder with one folder per class or with label files beside its recordings, or a CSV (path,label), to "
         "train on with the settings of configs/own_folder.yaml; in place of --config")
      ->excludes("--config", "--resume");
  auto* check =
      app.add_flag("--check", look.check,
                   "Look at configuration and data, print what training would do and what is wrong, and train "
                   "nothing: classes, splits, formats, silence, duplicates, cost. Needs no network. Exit "
                   "code 1: a training would be refused")
          ->excludes("--resume");
  auto* audit = app.add_flag("--audit", look.audit,
                             "Embed the data, look for what may be wrong with the sounds, print it, and train nothing: "
                             "also near duplicates and wrong labels")
                    ->excludes("--resume")
                    ->excludes(check);
  app.add_option("--page", look.page, "With --audit: also write a page to this file (HTML), to hear the clips")
      ->needs(audit);
  app.add_flag("--json", look.json, "With --check or --audit: print everything as JSON");
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "Trains a sound classifier from one YAML file, or from a folder of sounds: embeds the data, trains a head, tests "
      "it and exports one TorchScript file.",
      "trainer"};
  app.footer(kExamples);
  apps::RunArguments arguments;
  LookArguments look;
  if (argc > 0) look.program = argv[0];
  apps::add_run_options(app, arguments, /*parallel=*/true);
  declare_data(app, arguments, look);
  return command_line::run_app(app, argc, argv, arguments.common, [&] { return train(app, arguments, look); });
}
