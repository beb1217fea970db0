// SPDX-License-Identifier: Apache-2.0
// classifier: the classes of sound files, by a model of trainer's or YAMNet itself. classifier_torch has the same main.

#include "apps/model_options.h"
#include "classification/classify_files.h"
#include "command_line/program.h"
#include "inspection/model_text.h"
#include "listening/event_pass.h"
#include "model_loading/load_model.h"
#include "runtime/model_path.h"
#include "support/errors.h"

#include <unistd.h>

#include <cstdio>
#include <optional>

using namespace soundfold;

namespace {

constexpr const char* kExamples = R"(Examples:
  classifier --model experiments/dogcat/latest/model.safetensors miaow_16k.wav
  classifier --model experiments/dogcat/latest/model.pt --timeline --csv recordings/ > timeline.csv
  classifier --model data/yamnet.pt --top 5 --list files.txt     # YAMNet's own 521 classes
  classifier --model experiments/dogcat/latest --events --format audacity --out labels/ recordings/
  ffmpeg -v error -i film.mkv -f wav - | classifier --model experiments/dogcat/latest --events -
  classifier --describe experiments/dogcat/latest/model.pt       # inputs, outputs, classes, decision, parts

Sound that is silence by the model's silence gate is answered as silence, and gets no class; see --no-silence-gate.
--events gives stretches of sound with start and end by the model's rules of events (docs/events.md), or those of --rules.
A file that cannot be classified is reported and skipped; the exit code is then 1.
A model.safetensors holds numbers only. Loading a .pt runs the code in it, unless the model.safetensors written with it is
beside it, which is then used: load .pt files from people you trust.
)";

struct Arguments {
  command_line::CommonOptions common;
  model_loading::ModelRequest model;
  std::string described;
  classification::FilesRequest files;
  apps::ModelOptions options;
  bool events = false;
  std::string format, pooling = "model";
  bool json = false;
  bool csv = false;
  std::optional<double> hop_s;
  std::string rules;
  std::string raw;
  listening::ClipOptions clips;
};

/// What is done with the events of sounds.
void declare_events(CLI::App& app, Arguments& arguments) {
  app.add_flag("--events", arguments.events, "Events, stretches with start and end, instead of classes of whole files");
  app.add_option("--rules", arguments.rules, "With --events: rules from this JSON file instead of the model's");
  app.add_option("--hop", arguments.hop_s,
                 "Seconds between windows, a multiple of 0.01; without it the rules' or model's");
  app.add_option("--clips", arguments.clips.folder,
                 "With --events: cut each event into FOLDER/CLASS/FILE_START_END.wav");
  app.add_option("--clip-margin", arguments.clips.margin_s, "Seconds kept before and after an event in its clip")
      ->check(CLI::Range(0.0, 60.0))
      ->capture_default_str();
}

void declare(CLI::App& app, Arguments& arguments) {
  auto* model = app.add_option("--model", arguments.model.file,
                               "a run's folder, its model.safetensors or model.pt, or yamnet.pt");
  app.add_option("--describe", arguments.described,
                 "Print what this model takes, gives and is made of, and classify nothing; with --json as JSON")
      ->excludes(model);
  app.add_option("INPUT", arguments.files.inputs,
                 "Sound files, folders to look through for sound files, or - for standard input (WAV)");
  app.add_option("--raw", arguments.raw, "Standard input has no header: TYPE:RATE:CHANNELS, such as s16le:16000:1");
  app.add_option("--list", arguments.files.list, "Text file with further inputs, one path a line");
  app.add_option("--top", arguments.files.answers.top, "Classes to show per file")
      ->capture_default_str()
      ->check(CLI::Range(1, 100000));
  app.add_flag("--all", arguments.files.answers.all,
               "Every class by probability: thresholds, the negative class and the silence gate are ignored");
  apps::add_model_options(app, arguments.model, arguments.options);
  app.add_flag("--timeline", arguments.files.answers.timeline, "Also the classes of each window (YAMNet: 0.96 s)");
  app.add_option("--pooling", arguments.pooling,
                 "A file's probabilities: the model's own, or max, the largest of its windows")
      ->check(CLI::IsMember(choice_names<classification::ClipPooling>()));
  app.add_option("--format", arguments.format, "text, json or csv; of events also audacity, raven or vtt")
      ->check(CLI::IsMember(choice_names<events::EventFormat>()));
  app.add_flag("--json", arguments.json, "The same as --format json: one object per line");
  app.add_flag("--csv", arguments.csv, "The same as --format csv");
  app.add_option("--out", arguments.files.out, "Folder that gets a file of results for each input");
  app.add_flag("--skip-done", arguments.files.skip_done, "With --out: leave out inputs that have their results");
  declare_events(app, arguments);
  command_line::add_common_options(app, arguments.common, true);
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
  const auto model = model_loading::describe_model(arguments.model);
  print(arguments.json
            ? inspection::model_json(model).dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n"
            : inspection::model_text(model));
  return 0;
}

/// What is written, and how.
void choose_answers(Arguments& arguments) {
  auto& files = arguments.files;
  const int forms =
      static_cast<int>(arguments.json) + static_cast<int>(arguments.csv) + static_cast<int>(!arguments.format.empty());
  if (forms > 1) throw UsageError("--format, --json and --csv exclude each other");
  const std::string format = arguments.json ? "json" : arguments.csv ? "csv" : forms == 0 ? "text" : arguments.format;
  files.answers.pooling = *choice_named<classification::ClipPooling>(arguments.pooling);
  if (!arguments.raw.empty()) files.raw = listening::raw_format_named(arguments.raw);
  if (arguments.events) {
    files.events.emplace();
    files.events->format = *choice_named<events::EventFormat>(format);
    if (!arguments.clips.folder.empty()) files.events->clips = arguments.clips;
    return;
  }
  const auto answers = choice_named<classification::AnswerFormat>(format);
  if (!answers) throw UsageError("--format " + format + " holds events: give --events too");
  if (!arguments.clips.folder.empty() || !arguments.rules.empty()) {
    throw UsageError("--clips and --rules are for events: give --events too");
  }
  files.answers.format = *answers;
}

int classify(Arguments& arguments) {
  auto& file = arguments.model.file;
  if (file.empty()) {
    throw UsageError(
        "give a model: --model experiments/NAME/latest or any model.safetensors or model.pt, or --describe FILE to "
        "look at one");
  }
  choose_answers(arguments);
  arguments.files.channels = arguments.options.channels;
  arguments.files.threads = arguments.common.threads;
  arguments.files.answers_on_terminal = isatty(STDOUT_FILENO) != 0;
  arguments.files.prepare_thread = model_loading::prepare_thread;
  arguments.model.device = arguments.common.device;
  file = runtime::model_path(file, runtime::FirstChoice::plain).string();
  const auto classifier = model_loading::load_model(arguments.model);
  if (arguments.options.no_silence_gate) classifier->disable_silence_gate();
  if (!arguments.rules.empty()) listening::take_rules_of(*classifier, arguments.rules);
  if (arguments.events) {
    listening::choose_hop(*classifier, arguments.hop_s);
  } else if (arguments.hop_s) {
    classifier->set_window_hop(*arguments.hop_s);
  }
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
  return command_line::run_app(app, argc, argv, arguments.common, [&] {
    model_loading::prepare_thread();
    return arguments.described.empty() ? classify(arguments) : describe(arguments);
  });
}
