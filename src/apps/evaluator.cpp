// SPDX-License-Identifier: Apache-2.0
// evaluator: the metrics of an exported model on recordings, of its clips or of the events in long ones.

#include "assessment/compare_runs.h"
#include "assessment/evaluation_request.h"
#include "command_line/program.h"
#include "device/device.h"
#include "event_assessment/event_assessment.h"
#include "reference/options_text.h"
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
  evaluator --config configs/dogcat.yaml --backbone-classes # YAMNet's own classes for each clip, beside the answer
  evaluator --model model.pt --config configs/dogcat.yaml --set folds.test=[5] --csv predictions.csv
  evaluator --compare experiments/dogcat/latest experiments/dogcat/2026-11-22_07-40-11 --page compared.html
  evaluator --annotations yard.txt --recordings yard.flac --model model.safetensors --fit-events

The data come from FOLDER (one folder per class), else from --config given with --model or --run, else
from the model's own configuration.
)";

struct Arguments {
  command_line::CommonOptions common;
  assessment::EvaluationRequest request;
  std::string csv;
  std::string report;
  std::string report_audio = "embed";
  bool json = false;
  std::vector<std::string> compare;
  std::string page;
  event_assessment::AssessmentRequest events;
};

int print_result(bool json, const nlohmann::json& values, const std::string& text) {
  json ? void(std::printf("%s\n", values.dump(1).c_str())) : command_line::print_summary(text);
  return 0;
}

int evaluate_events(Arguments& arguments) {
  auto& request = arguments.events;
  request.model = arguments.request.model.empty() ? arguments.request.run : arguments.request.model;
  request.threads = arguments.common.threads;
  const auto assessment = event_assessment::assess_events(request);
  return print_result(arguments.json, assessment.json, assessment.text);
}

void declare_events(CLI::App& app, Arguments& arguments) {
  auto& events = arguments.events;
  auto* annotations =
      app.add_option("--annotations", events.annotations,
                     "Evaluate the events in recordings, beside these annotations: CSV, Raven table or Audacity track");
  const auto add = [&](const char* name, auto& value, const std::string& help) {
    return app.add_option(name, value, "With --annotations: " + help)->needs(annotations);
  };
  add("--recordings", events.recordings,
      "where the recordings' names start (default: the folder of the annotations), or the one recording");
  add("--hop", events.hop_s, "seconds between windows (default: as the rules were fitted for, else the model's)");
  add("--scores", events.scores, "keep the windows' scores in this folder, for another evaluation or to continue one");
  add("--block", events.scoring.block_s, "length in s of blocks for cross-validation and intervals")
      ->capture_default_str();
  auto* fit = app.add_flag("--fit-events", events.fit,
                           "With --annotations: fit the rules of events to them, and write these into the model")
                  ->needs(annotations);
  add("--false-alarms", events.most_false_alarms_per_hour, "the most that a fitted rule may have per hour")
      ->capture_default_str()
      ->needs(fit);
  app.add_flag("--other-rules", events.compare,
               "With --annotations: also the rules of Frigate, MediaPipe and sherpa-onnx, on the same scores")
      ->needs(annotations);
  for (const char* other : {"places", "--config", "--set", "--split", "--csv", "--report", "--compare"}) {
    annotations->excludes(other);
  }
}

int evaluate(Arguments& arguments) {
  if (!arguments.compare.empty()) {
    return assessment::compare_runs(arguments.compare, arguments.page, arguments.report_audio, arguments.json);
  }
  if (!arguments.events.annotations.empty()) return evaluate_events(arguments);
  use_one_torch_thread();
  arguments.request.device = arguments.common.device;
  arguments.request.threads = arguments.common.threads;
  arguments.request.extras.report = !arguments.report.empty();
  auto [model, latest, result] = assessment::evaluate_request(arguments.request);
  if (!arguments.csv.empty()) write_file_atomically(arguments.csv, result.predictions_csv);
  if (result.report) {
    write_file_atomically(arguments.report,
                          run_report::run_report(*result.report, {report::audio_named(arguments.report_audio)}));
  }
  result.json["model"] = model;
  return print_result(arguments.json, result.json,
                      "Model: " + model + (latest ? " (the latest finished run)\n" : "\n") + result.text);
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
  app.add_option("--model", arguments.request.model, "model.pt of a run, or the run's folder");
  app.add_option("--run", arguments.request.run, "Take the model of this run's folder");
  command_line::add_trust_option(app, arguments.request.trusted_scores);
  app.add_option("--config", arguments.request.config,
                 "An experiment: without --model or --run its latest finished run is evaluated; with one of them its "
                 "data replace the model's own");
  command_line::add_set_option(app, arguments.request.overrides);
  app.add_option("--split", arguments.request.split, "Split to evaluate on (default: test), or all clips")
      ->check(CLI::IsMember({"train", "validation", "test", "all"}));
  app.add_flag("--backbone-classes", arguments.request.extras.backbone_classes,
               "Also print for each clip the three of the backbone's own classes with the highest scores, beside the "
               "model's answer");
  app.add_option("--csv", arguments.csv, "Also write one row per clip to this file");
  app.add_option("--report", arguments.report,
                 "Also write a page to this file (HTML): the numbers, the mistakes to see and hear, the curves");
  app.add_option("--report-audio", arguments.report_audio,
                 "Sounds of that page: in it (embed), links to the files (link), or none (default: embed)")
      ->check(CLI::IsMember({"embed", "link", "none"}));
  auto* compare = app.add_option("--compare", arguments.compare,
                                 "Compare these finished runs, two or more, by their saved predictions of the same "
                                 "test clips, and do nothing else: McNemar's test, interval of the difference")
                      ->expected(2, 100);
  for (const char* other :
       {"places", "--model", "--run", "--config", "--set", "--split", "--csv", "--report", "--backbone-classes"}) {
    compare->excludes(other);
  }
  app.add_option("--page", arguments.page,
                 "With --compare: also write a page to this file (HTML), with the clips to hear side by side")
      ->needs(compare);
  declare_events(app, arguments);
  app.add_flag("--json", arguments.json, "Print everything as JSON");
  command_line::add_common_options(app, arguments.common, true);
  arguments.common.value_words["--set"] = reference::completion_words(config::Program::trainer);
  return command_line::run_app(app, argc, argv, arguments.common, [&] { return evaluate(arguments); });
}
