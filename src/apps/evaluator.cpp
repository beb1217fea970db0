// SPDX-License-Identifier: Apache-2.0
#include "apps/common.h"
#include "apps/model_file.h"
#include "assessment/evaluate_model.h"
#include "config/load.h"
#include "config/options.h"
#include "device/device.h"
#include "runs/portable_config.h"
#include "runs/run_folder.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/logging.h"

#include <cstdio>
#include <filesystem>
#include <optional>

using namespace soundfold;

namespace {

constexpr const char* kExamples = R"(Examples:
  evaluator --config configs/dogcat.yaml                    # the latest finished run of that experiment
  evaluator --run experiments/dogcat/2026-11-22_07-40-11    # a run of your choice
  evaluator --model experiments/dogcat/latest/model.pt --split train --json
  evaluator experiments/dogcat/latest/model.pt my_sounds    # every clip of my_sounds/dog/, my_sounds/cat/, ...
  evaluator --model model.pt --config configs/dogcat.yaml --set folds.test=[5] --csv predictions.csv

The data come from FOLDER (one folder per class), else from --config given with --model or --run, else
from the model's own configuration.
)";

struct Arguments {
  apps::CommonOptions common;
  std::vector<std::string> places;  ///< [MODEL] [FOLDER]
  std::string model;
  std::string run;
  std::string folder;
  std::string trusted_scores;
  std::string config;
  std::vector<std::string> overrides;
  std::string split;
  std::string csv;
  bool json = false;
};

/// Sorts what was given without an option's name into model and folder.
Arguments sorted(Arguments arguments) {
  auto& places = arguments.places;
  const bool has_model = !arguments.model.empty() || !arguments.run.empty() || !arguments.config.empty();
  if (!has_model && !places.empty()) {
    arguments.model = places.front();
    places.erase(places.begin());
  }
  if (places.size() > 1) throw UsageError("give one MODEL and one FOLDER; given as well: " + places.back());
  if (!places.empty()) arguments.folder = places.front();
  if (!arguments.model.empty() && !arguments.run.empty()) throw UsageError("give --model or --run, not both");
  if (arguments.model.empty() && arguments.run.empty() && arguments.config.empty()) {
    throw UsageError("give a model (--model FILE), a run (--run FOLDER) or an experiment (--config FILE)");
  }
  return arguments;
}

bool is_about_data(const std::string& key) {
  return key == "seed" || key.rfind("data.", 0) == 0 || key.rfind("folds.", 0) == 0;
}

/// Settings that an evaluation does not read would seem effective.
void check_overrides(const Arguments& arguments) {
  const bool finds_run = arguments.model.empty() && arguments.run.empty();
  for (const auto& text : arguments.overrides) {
    const auto key = text.substr(0, text.find('='));
    const bool about_data = is_about_data(key);
    if (!arguments.folder.empty() && about_data) {
      throw UsageError("--set " + text + " has no effect on all clips of a folder; leave it out");
    }
    if (about_data || (finds_run && (key == "name" || key == "run.folder"))) continue;
    throw UsageError("--set " + text + " has no effect on an evaluation, which reads data.*, folds.* and seed" +
                     (finds_run ? " (name and run.folder to find the run)" : ""));
  }
}

/// The model of the run given by --run, or of the latest finished one of the experiment.
std::filesystem::path model_of_run(const Arguments& arguments, const config::Experiment& experiment) {
  std::filesystem::path run = arguments.run;
  if (run.empty()) {
    const auto latest = runs::RunFolder::latest_finished(experiment.run.folder, experiment.name);
    if (!latest) {
      throw UsageError(experiment.run.folder + "/" + experiment.name +
                       " holds no finished run; train one with: trainer --config " + arguments.config);
    }
    run = latest->path();
  } else if (!std::filesystem::is_directory(run)) {
    throw UsageError(run.string() + ": no such run folder");
  }
  const auto model = run / "model.pt";
  if (std::filesystem::exists(model)) return model;
  throw UsageError(run.string() + " holds no model.pt: " +
                   (std::filesystem::exists(run / "result.json")
                        ? "a cross-validation leaves one only with protocol.final_model: all_folds"
                        : "the run is not finished"));
}

config::Experiment configuration_of(const deploy::Model& model, const Arguments& arguments) {
  if (!model.metadata().contains("config")) {
    throw UsageError(arguments.model + " does not say what it was trained on; give --config FILE, or a FOLDER");
  }
  return runs::configuration_of_model(model.metadata()["config"].get<std::string>(),
                                      model.metadata().value(runs::kPathsLeftOut, std::vector<std::string>()),
                                      arguments.model, arguments.overrides);
}

std::optional<dataset::Split> split_of(const std::string& name) {
  if (name == "all") return std::nullopt;
  if (name == "train") return dataset::Split::train;
  return name == "validation" ? dataset::Split::validation : dataset::Split::test;
}

assessment::EvaluationSet clips_for(const deploy::Model& model, const Arguments& arguments,
                                    const std::optional<config::Experiment>& given) {
  if (arguments.folder.empty()) {
    return assessment::evaluation_set(model, given ? *given : configuration_of(model, arguments),
                                      split_of(arguments.split));
  }
  if (!arguments.split.empty() && arguments.split != "all") {
    throw UsageError("--split " + arguments.split + ": a FOLDER is evaluated as a whole; leave --split out");
  }
  return assessment::evaluation_set(model, arguments.folder);
}

/// A run of the experiment may have been made with --set: its own data are then not those of the file.
void warn_differences(const deploy::Model& model, config::Experiment file, const Arguments& arguments) {
  auto own = configuration_of(model, arguments);
  const auto of_file = config::options_of(file), of_run = config::options_of(own);
  for (std::size_t i = 0; i < of_file.size(); ++i) {
    const auto& key = of_file[i].key;
    const auto wanted = config::value_text(of_file[i]), is = config::value_text(of_run[i]);
    if (wanted == is || !is_about_data(key)) continue;
    spdlog::warn("{} is {} in {} and {} in the run, which decides; --set {}={} changes it", key, wanted,
                 arguments.config, is, key, wanted);
  }
}

int evaluate(const Arguments& given) {
  auto arguments = sorted(given);
  check_overrides(arguments);
  std::optional<config::Experiment> experiment;
  if (!arguments.config.empty()) experiment = config::load_experiment(arguments.config, arguments.overrides);
  const bool latest = arguments.model.empty() && arguments.run.empty();
  if (arguments.model.empty()) {
    arguments.model = model_of_run(arguments, experiment ? *experiment : config::Experiment()).string();
  }
  use_one_torch_thread();
  auto model = apps::load_model(arguments.model, use_device(arguments.common.device), arguments.trusted_scores);
  if (latest && arguments.folder.empty()) {
    warn_differences(model, *experiment, arguments);
    experiment.reset();
  }
  const auto set = clips_for(model, arguments, experiment);
  auto result = assessment::evaluate_model(model, set, arguments.common.threads, arguments.model);
  if (!arguments.csv.empty()) write_file_atomically(arguments.csv, result.predictions_csv);
  if (arguments.json) {
    result.json["model"] = arguments.model;
    std::printf("%s\n", result.json.dump(1).c_str());
  } else {
    std::printf("Model: %s%s\n%s", arguments.model.c_str(), latest ? " (the latest finished run)" : "",
                result.text.c_str());
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "Evaluates an exported model on recordings: every clip goes through model.pt as in a user's own program.",
      "evaluator"};
  app.footer(kExamples);
  Arguments arguments;
  app.add_option("places", arguments.places, "MODEL, when no option names one, and FOLDER: evaluate on all its clips")
      ->expected(0, 2);
  app.add_option("--model", arguments.model, "model.pt of a run");
  app.add_option("--run", arguments.run, "Take the model of this run's folder");
  apps::add_trust_option(app, arguments.trusted_scores);
  app.add_option("--config", arguments.config,
                 "An experiment: without --model or --run its latest finished run is evaluated; with one of them its "
                 "data replace the model's own");
  app.add_option("--set", arguments.overrides, "Override a key: key=value; may be repeated")->allow_extra_args(false);
  app.add_option("--split", arguments.split, "Split to evaluate on (default: test), or all clips")
      ->check(CLI::IsMember({"train", "validation", "test", "all"}));
  app.add_option("--csv", arguments.csv, "Also write one row per clip to this file");
  app.add_flag("--json", arguments.json, "Print everything as JSON");
  apps::add_common_options(app, arguments.common, true);
  return apps::run_app(app, argc, argv, arguments.common, [&] { return evaluate(arguments); });
}
