// SPDX-License-Identifier: Apache-2.0
#include "apps/common.h"
#include "apps/model_file.h"
#include "config/load.h"
#include "experiment/evaluate_model.h"
#include "experiment/portable_config.h"
#include "support/device.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/logging.h"

#include <cstdio>

using namespace soundfold;

namespace {

constexpr const char* kExamples = R"(Examples:
  evaluator --model experiments/dogcat/latest/model.pt
  evaluator --model experiments/dogcat/latest/model.pt --split train --json
  evaluator --model model.pt --config configs/dogcat.yaml --set folds.test=[5] --csv predictions.csv

The data are those of the model's own configuration unless --config or --set say otherwise.
)";

struct Arguments {
  apps::CommonOptions common;
  std::string model;
  std::string trusted_scores;
  std::string config;
  std::vector<std::string> overrides;
  std::string split = "test";
  std::string csv;
  bool json = false;
};

config::Experiment configuration(const Arguments& arguments, const deploy::Model& model) {
  if (!arguments.config.empty()) return config::load_experiment(arguments.config, arguments.overrides);
  if (!model.metadata().contains("config")) {
    throw UsageError(arguments.model + " does not say what it was trained on; give --config FILE");
  }
  return experiment::configuration_of_model(
      model.metadata()["config"].get<std::string>(),
      model.metadata().value(experiment::kPathsLeftOut, std::vector<std::string>()), arguments.model,
      arguments.overrides);
}

dataset::Split split_of(const std::string& name) {
  if (name == "train") return dataset::Split::train;
  return name == "validation" ? dataset::Split::validation : dataset::Split::test;
}

int evaluate(const Arguments& arguments) {
  use_one_torch_thread();
  auto model = apps::load_model(arguments.model, choose_device(arguments.common.device), arguments.trusted_scores);
  auto experiment = configuration(arguments, model);
  experiment.run.threads = arguments.common.threads;
  const auto result = experiment::evaluate_model(model, experiment, split_of(arguments.split), arguments.model);
  if (!arguments.csv.empty()) write_file_atomically(arguments.csv, result.predictions_csv);
  if (arguments.json) {
    std::printf("%s\n", result.json.dump(1).c_str());
  } else {
    std::fputs(result.text.c_str(), stdout);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Tests an exported model on recordings: every clip goes through model.pt as in a user's own program.",
               "evaluator"};
  app.footer(kExamples);
  Arguments arguments;
  app.add_option("--model", arguments.model, "model.pt of a run")->required();
  apps::add_trust_option(app, arguments.trusted_scores);
  app.add_option("--config", arguments.config, "Take the data from this experiment instead of the model's own");
  app.add_option("--set", arguments.overrides, "Override a key: key=value; may be repeated")->allow_extra_args(false);
  app.add_option("--split", arguments.split, "Which clips")
      ->capture_default_str()
      ->check(CLI::IsMember({"train", "validation", "test"}));
  app.add_option("--csv", arguments.csv, "Also write one row per clip to this file");
  app.add_flag("--json", arguments.json, "Print everything as JSON");
  apps::add_common_options(app, arguments.common, true);
  return apps::run_app(app, argc, argv, arguments.common, [&] { return evaluate(arguments); });
}
