// SPDX-License-Identifier: Apache-2.0
// evaluator: the metrics of an exported model on recordings.

#include "apps/common.h"
#include "assessment/evaluation_request.h"
#include "run_report/run_report.h"
#include "support/files.h"

#include <cstdio>

using namespace soundfold;

namespace {

constexpr const char* kExamples = R"(Examples:
  evaluator --config configs/dogcat.yaml                    # the latest finished run of that experiment
  evaluator --run experiments/dogcat/2026-11-22_07-40-11    # a run of your choice
  evaluator --model experiments/dogcat/latest/model.pt --split train --json
  evaluator experiments/dogcat/latest/model.pt my_sounds    # every clip of my_sounds/dog/, my_sounds/cat/, ...
  evaluator --config configs/dogcat.yaml --report dogcat.html
  evaluator --model model.pt --config configs/dogcat.yaml --set folds.test=[5] --csv predictions.csv

The data come from FOLDER (one folder per class), else from --config given with --model or --run, else
from the model's own configuration.
)";

struct Arguments {
  apps::CommonOptions common;
  assessment::EvaluationRequest request;
  std::string csv;
  std::string report;
  std::string report_audio = "embed";
  bool json = false;
};

int evaluate(Arguments& arguments) {
  arguments.request.device = arguments.common.device;
  arguments.request.threads = arguments.common.threads;
  arguments.request.report = !arguments.report.empty();
  auto [model, latest, result] = assessment::evaluate_request(arguments.request);
  if (!arguments.csv.empty()) write_file_atomically(arguments.csv, result.predictions_csv);
  if (result.report) {
    write_file_atomically(arguments.report,
                          run_report::run_report(*result.report, {run_report::audio_named(arguments.report_audio)}));
  }
  if (arguments.json) {
    result.json["model"] = model;
    std::printf("%s\n", result.json.dump(1).c_str());
  } else {
    std::printf("Model: %s%s\n%s", model.c_str(), latest ? " (the latest finished run)" : "", result.text.c_str());
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
  app.add_option("places", arguments.request.places,
                 "MODEL, when no option names one, and FOLDER: evaluate on all its clips")
      ->expected(0, 2);
  app.add_option("--model", arguments.request.model, "model.pt of a run");
  app.add_option("--run", arguments.request.run, "Take the model of this run's folder");
  apps::add_trust_option(app, arguments.request.trusted_scores);
  app.add_option("--config", arguments.request.config,
                 "An experiment: without --model or --run its latest finished run is evaluated; with one of them its "
                 "data replace the model's own");
  app.add_option("--set", arguments.request.overrides, "Override a key: key=value; may be repeated")
      ->allow_extra_args(false);
  app.add_option("--split", arguments.request.split, "Split to evaluate on (default: test), or all clips")
      ->check(CLI::IsMember({"train", "validation", "test", "all"}));
  app.add_option("--csv", arguments.csv, "Also write one row per clip to this file");
  app.add_option("--report", arguments.report,
                 "Also write a page to this file (HTML): the numbers, the mistakes to see and hear, the curves");
  app.add_option("--report-audio", arguments.report_audio,
                 "Sounds of that page: in it (embed), links to the files (link), or none (default: embed)")
      ->check(CLI::IsMember({"embed", "link", "none"}));
  app.add_flag("--json", arguments.json, "Print everything as JSON");
  apps::add_common_options(app, arguments.common, true);
  return apps::run_app(app, argc, argv, arguments.common, [&] { return evaluate(arguments); });
}
