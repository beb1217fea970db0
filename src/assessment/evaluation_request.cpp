// SPDX-License-Identifier: Apache-2.0
#include "assessment/evaluation_request.h"

#include "config/load.h"
#include "config/options.h"
#include "deploy/load_model.h"
#include "device/device.h"
#include "runs/portable_config.h"
#include "runs/run_folder.h"
#include "support/errors.h"
#include "support/logging.h"

#include <cstddef>
#include <filesystem>
#include <optional>

namespace soundfold::assessment {
namespace fs = std::filesystem;
namespace {

bool is_about_data(const std::string& key) {
  return key == "seed" || key.rfind("data.", 0) == 0 || key.rfind("folds.", 0) == 0;
}

/// Settings that an evaluation does not read would seem effective.
void check_overrides(const EvaluationRequest& request) {
  const bool finds_run = request.model.empty() && request.run.empty();
  for (const auto& text : request.overrides) {
    const auto key = text.substr(0, text.find('='));
    const bool about_data = is_about_data(key);
    if (!request.folder.empty() && about_data) {
      throw UsageError("--set " + text + " has no effect on all clips of a folder; leave it out");
    }
    if (about_data || (finds_run && (key == "name" || key == "run.folder"))) continue;
    throw UsageError("--set " + text + " has no effect on an evaluation, which reads data.*, folds.* and seed" +
                     (finds_run ? " (name and run.folder to find the run)" : ""));
  }
}

/// The model of the run given by --run, or of the latest finished one of the experiment.
fs::path model_of_run(const EvaluationRequest& request, const config::Experiment& experiment) {
  fs::path run = request.run;
  if (run.empty()) {
    const auto latest = runs::RunFolder::latest_finished(experiment.run.folder, experiment.name);
    if (!latest) {
      throw UsageError(experiment.run.folder + "/" + experiment.name +
                       " holds no finished run; train one with: trainer --config " + request.config);
    }
    run = latest->path();
  } else if (!fs::is_directory(run)) {
    throw UsageError(run.string() + ": no such run folder");
  }
  const auto model = run / "model.pt";
  if (fs::exists(model)) return model;
  throw UsageError(run.string() + " holds no model.pt: " +
                   (fs::exists(run / "result.json")
                        ? "protocol.final_model: none left no model of this cross-validation; trainer --config " +
                              (run / "config.yaml").string() + " --set protocol.final_model=all_folds trains one"
                        : "the run is not finished"));
}

/// A model that was moved names data that are not here.
void check_data_found(const config::Data& data, const EvaluationRequest& request) {
  const bool is_list = !data.manifest.empty();
  const auto& place = is_list ? data.manifest : data.root;
  std::error_code failed;
  if (fs::exists(place, failed)) return;
  throw DataError(request.model + ": the data of its training are not here: " + place + " does not exist (seen from " +
                  fs::current_path(failed).string() + "); give a folder of sounds (evaluator --model " + request.model +
                  " FOLDER), --config FILE, or --set " + (is_list ? "data.manifest=FILE" : "data.root=FOLDER"));
}

config::Experiment configuration_of(const deploy::Model& model, const EvaluationRequest& request) {
  if (!model.metadata().contains("config")) {
    throw UsageError(request.model + " does not say what it was trained on; give --config FILE, or a FOLDER");
  }
  auto experiment = runs::configuration_of_model(
      model.metadata()["config"].get<std::string>(),
      model.metadata().value(runs::kPathsLeftOut, std::vector<std::string>()), request.model, request.overrides);
  check_data_found(experiment.data, request);
  return experiment;
}

std::optional<dataset::Split> requested_split(const std::string& name) {
  if (name == "all") return std::nullopt;
  if (name == "train") return dataset::Split::train;
  return name == "validation" ? dataset::Split::validation : dataset::Split::test;
}

EvaluationSet clips_for(const deploy::Model& model, const EvaluationRequest& request,
                        const std::optional<config::Experiment>& given) {
  if (request.folder.empty()) {
    return evaluation_set(model, given ? *given : configuration_of(model, request), requested_split(request.split));
  }
  if (!request.split.empty() && request.split != "all") {
    throw UsageError("--split " + request.split + ": a FOLDER is evaluated as a whole; leave --split out");
  }
  return evaluation_set(model, request.folder);
}

/// A run of the experiment may have been made with --set: its own data are then not those of the file.
void warn_differences(const deploy::Model& model, config::Experiment file, const EvaluationRequest& request) {
  auto own = configuration_of(model, request);
  const auto of_file = config::options_of(file), of_run = config::options_of(own);
  for (std::size_t i = 0; i < of_file.size(); ++i) {
    const auto& key = of_file[i].key;
    const auto wanted = config::value_text(of_file[i]), is = config::value_text(of_run[i]);
    if (wanted == is || !is_about_data(key)) continue;
    logger().warn("{} is {} in {} and {} in the run, which decides; --set {}={} changes it", key, wanted,
                  request.config, is, key, wanted);
  }
}

}  // namespace

EvaluationRequest sorted_request(EvaluationRequest request) {
  auto& places = request.places;
  const bool has_model = !request.model.empty() || !request.run.empty() || !request.config.empty();
  if (!has_model && !places.empty()) {
    request.model = places.front();
    places.erase(places.begin());
  }
  if (places.size() > 1) throw UsageError("give one MODEL and one FOLDER; given as well: " + places.back());
  if (!places.empty()) request.folder = places.front();
  if (!request.model.empty() && !request.run.empty()) throw UsageError("give --model or --run, not both");
  if (request.model.empty() && request.run.empty() && request.config.empty()) {
    throw UsageError("give a model (--model FILE), a run (--run FOLDER) or an experiment (--config FILE)");
  }
  check_overrides(request);
  return request;
}

RequestedEvaluation evaluate_request(const EvaluationRequest& given) {
  auto request = sorted_request(given);
  std::optional<config::Experiment> experiment;
  if (!request.config.empty()) experiment = config::load_experiment(request.config, request.overrides);
  const bool latest = request.model.empty() && request.run.empty();
  if (request.model.empty()) {
    request.model = model_of_run(request, experiment ? *experiment : config::Experiment()).string();
  } else {
    request.model = deploy::torchscript_path(request.model).string();
  }
  auto model = deploy::load_model(request.model, use_device(request.device), request.trusted_scores);
  if (latest && request.folder.empty()) {
    warn_differences(model, *experiment, request);
    experiment.reset();
  }
  const auto set = clips_for(model, request, experiment);
  return {request.model, latest, evaluate_model(model, set, request.threads, request.model, request.extras)};
}

}  // namespace soundfold::assessment
