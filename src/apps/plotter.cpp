// SPDX-License-Identifier: Apache-2.0
// plotter: pictures of sounds, models and runs, as SVG or PNG.

#include "command_line/program.h"
#include "plotting/plot.h"
#include "support/logging.h"

using namespace soundfold;

namespace {

constexpr const char* kExamples = R"(Examples:
  plotter waveform miaow_16k.wav --out waveform.svg
  plotter spectrogram recording.flac --from 12.5 --to 20 --out spectrogram.png
  plotter timeline miaow_16k.wav --model experiments/dogcat/latest/model.pt --out timeline.svg
  plotter timeline street.mp3 --model data/yamnet.pt --top 10 --out street.png --scale 3
  plotter confusion experiments/dogcat/latest --out confusion.svg
  plotter curves experiments/dogcat/latest --out curves.svg --title "Dogs and cats"
  plotter model experiments/dogcat/latest/model.pt --out model.svg

The end of --out decides what is written: .svg or .png.
)";

struct Arguments {
  command_line::CommonOptions common;
  plotting::PlotRequest request;
  std::string what;
  std::string out;
  double scale = 2;
};

void declare(CLI::App& app, Arguments& arguments) {
  auto& request = arguments.request;
  app.add_option("WHAT", arguments.what, "waveform, spectrogram, timeline, confusion, curves or model")
      ->required()
      ->check(CLI::IsMember(choice_names<plotting::Plot>()));
  app.add_option(
         "INPUT", request.input,
         "A sound file; for confusion the JSON of evaluator or a run's folder, for curves a run's folder or its "
         "metrics.jsonl, for model a run's folder, a model file or yamnet.pt")
      ->required();
  app.add_option("--out", arguments.out, "File to write, ending in .svg or .png")->required();
  app.add_option("--model", request.model,
                 "For timeline: a run's folder, its model.safetensors or model.pt, or yamnet.pt");
  command_line::add_trust_option(app, request.trusted_scores);
  app.add_option("--from", request.from_seconds, "Second of the sound at which the picture begins")
      ->check(CLI::Range(0.0, 1e9));
  app.add_option("--to", request.to_seconds, "Second at which it ends; without it the end of the sound")
      ->check(CLI::Range(0.0, 1e9));
  app.add_option("--top", request.top, "For timeline: how many classes, those that are most probable in any window")
      ->capture_default_str()
      ->check(CLI::Range(1, 100));
  app.add_option("--title", request.title, "Title above the picture; without it made from the file's name");
  app.add_option("--scale", arguments.scale, "Pixels of a PNG for each unit of the picture")
      ->capture_default_str()
      ->check(CLI::Range(0.1, 20.0));
  command_line::add_common_options(app, arguments.common, true, /*parallel=*/false);
}

int plot(Arguments& arguments) {
  arguments.request.what = *choice_named<plotting::Plot>(arguments.what);
  arguments.request.device = arguments.common.device;
  plotting::write_picture(arguments.out, plotting::plot(arguments.request), arguments.scale);
  logger().info("written: {}", arguments.out);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Draws sounds, models and runs: axes, units and colours that can be read in grey.", "plotter"};
  app.footer(kExamples);
  Arguments arguments;
  declare(app, arguments);
  return command_line::run_app(app, argc, argv, arguments.common, [&] { return plot(arguments); });
}
