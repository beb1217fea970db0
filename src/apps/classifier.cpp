// SPDX-License-Identifier: Apache-2.0
// classifier: the classes of sound files, by a model of trainer's or YAMNet itself. classifier_torch has the same main.

#include "apps/classifier_models.h"
#include "apps/common.h"
#include "classification/classify_files.h"
#include "inspection/model_text.h"
#include "runtime/model_path.h"
#include "support/errors.h"

#include <unistd.h>

#include <cstdio>

using namespace soundfold;

namespace {

constexpr const char* kExamples = R"(Examples:
  classifier --model experiments/dogcat/latest/model.safetensors miaow_16k.wav
  classifier --model experiments/dogcat/latest/model.pt --timeline --csv recordings/ > timeline.csv
  classifier --model data/yamnet.pt --top 5 --list files.txt     # YAMNet's own 521 classes
  classifier --describe experiments/dogcat/latest/model.pt       # inputs, outputs, classes, decision, parts

Sound that is silence by the model's silence gate is answered as silence, and gets no class; see --no-silence-gate.
A file that cannot be classified is reported and skipped; the exit code is then 1.
A model.safetensors holds numbers only. Loading a .pt runs the code in it, unless the model.safetensors written with it is
beside it, which is then used: load .pt files from people you trust.
)";

struct Arguments {
  apps::CommonOptions common;
  apps::ModelRequest model;
  std::string described;
  classification::FilesRequest files;
  apps::ModelOptions options;
  bool json = false;
  bool csv = false;
};

void declare(CLI::App& app, Arguments& arguments) {
  auto* model = app.add_option("--model", arguments.model.file,
                               "a run's folder, its model.safetensors or model.pt, or yamnet.pt");
  app.add_option("--describe", arguments.described,
                 "Print what this model takes, gives and is made of, and classify nothing; with --json as JSON")
      ->excludes(model);
  app.add_option("INPUT", arguments.files.inputs, "Sound files, or folders to look through for sound files");
  app.add_option("--list", arguments.files.list, "Text file with further inputs, one path a line");
  app.add_option("--top", arguments.files.answers.top, "Classes to show per file")
      ->capture_default_str()
      ->check(CLI::Range(1, 100000));
  app.add_flag("--all", arguments.files.answers.all,
               "Every class by probability: thresholds, the negative class and the silence gate are ignored");
  apps::add_model_options(app, arguments.model, arguments.options);
  app.add_flag("--timeline", arguments.files.answers.timeline, "Also the classes of each window (YAMNet: 0.96 s)");
  app.add_flag("--json", arguments.json, "One JSON object per line");
  app.add_flag("--csv", arguments.csv, classification::kAnswerCsvHeader);
  apps::add_common_options(app, arguments.common, true);
}

void print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

int describe(Arguments& arguments) {
  if (!arguments.files.inputs.empty() || !arguments.files.list.empty() || arguments.csv) {
    throw UsageError("--describe takes one model and no sounds, and prints text or JSON");
  }
  arguments.model.file = runtime::model_path(arguments.described, runtime::FirstChoice::plain).string();
  const auto model = apps::describe_model(arguments.model);
  print(arguments.json
            ? inspection::model_json(model).dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n"
            : inspection::model_text(model));
  return 0;
}

int classify(Arguments& arguments) {
  auto& file = arguments.model.file;
  if (file.empty()) {
    throw UsageError(
        "give a model: --model experiments/NAME/latest or any model.safetensors or model.pt, or --describe FILE to "
        "look at one");
  }
  if (arguments.json && arguments.csv) throw UsageError("--json and --csv exclude each other");
  if (arguments.json) arguments.files.answers.format = classification::AnswerFormat::json;
  if (arguments.csv) arguments.files.answers.format = classification::AnswerFormat::csv;
  arguments.files.channels = arguments.options.channels;
  arguments.files.threads = arguments.common.threads;
  arguments.files.answers_on_terminal = isatty(STDOUT_FILENO) != 0;
  arguments.files.prepare_thread = apps::prepare_thread;
  arguments.model.device = arguments.common.device;
  file = runtime::model_path(file, runtime::FirstChoice::plain).string();
  const auto classifier = apps::load_model(arguments.model);
  if (arguments.options.no_silence_gate) classifier->disable_silence_gate();
  classification::classify_files(*classifier, file, arguments.files, print);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Classifies sound files with a model made by trainer, or with YAMNet itself.", "classifier"};
  app.footer(kExamples);
  Arguments arguments;
  arguments.model.command_line = argv;
  declare(app, arguments);
  return apps::run_app(app, argc, argv, arguments.common, [&] {
    apps::prepare_thread();
    return arguments.described.empty() ? classify(arguments) : describe(arguments);
  });
}
