// SPDX-License-Identifier: Apache-2.0
// synthesizer: synthesised sounds, as a data set in ESC-50's layout or one at a time; and clips mixed into background.

#include "audio/waveform.h"
#include "command_line/program.h"
#include "soundscapes/soundscape.h"
#include "support/errors.h"
#include "synthesis/sound_set.h"
#include "synthesis/synthesize.h"

#include <cstdio>

using namespace soundfold;

namespace {

constexpr const char* kExamples = R"(Examples:
  synthesizer --out data/synthetic
  synthesizer --out data/synthetic10 --kinds dog,rooster,rain,sea_waves,crackling_fire --clips-per-fold 16 --seed 1
  synthesizer --kinds cat --seed 7 --wav meow.wav
  synthesizer --list
  synthesizer --soundscape --out yard --events my_sounds --background rain_and_wind --minutes 60 --count 100
  trainer --config configs/dogcat.yaml --set data.root=data/synthetic

The same options give the same samples on every machine. A second run keeps what is there. Exit codes: 0 done,
1 failure, 2 wrong usage, 130 interrupted (the same command resumes from there).)";

struct Arguments {
  command_line::CommonOptions common;
  synthesis::SoundSetOptions set;
  std::string folder;
  std::string wav;
  bool list = false;
  bool soundscape = false;
  soundscapes::SoundscapeOptions scene;
};

/// What --soundscape takes; without it these options have no effect, and are refused.
void declare_soundscape(CLI::App& app, Arguments& arguments) {
  auto& scene = arguments.scene;
  auto* soundscape = app.add_flag(
      "--soundscape", arguments.soundscape,
      "Instead of a data set write recordings into --out: events mixed into background, with their annotations");
  const std::string place = "ESC-50's folder, a CSV, a folder of folders or of sounds, or 'synthesised'";
  const auto add = [&](const char* name, auto& value, const std::string& help) {
    return app.add_option(name, value, "With --soundscape: " + help)->needs(soundscape);
  };
  add("--events", scene.events.place, "where the events come from: " + place);
  add("--event-classes", scene.events.classes, "their classes, joined by commas (default: all)")->delimiter(',');
  add("--event-folds", scene.events.folds, "their folds, joined by commas (default: all)")->delimiter(',');
  add("--background", scene.background.place, "where the background comes from: " + place);
  add("--background-classes", scene.background.classes, "its classes (default: all)")->delimiter(',');
  add("--background-folds", scene.background.folds, "its folds (default: all)")->delimiter(',');
  add("--recordings", scene.recordings, "how many")->capture_default_str();
  add("--minutes", scene.minutes, "length of each recording")->capture_default_str();
  add("--count", scene.event_count, "events in all recordings together")->capture_default_str();
  add("--snr", scene.snr_db, "lowest and highest ratio of an event to its background in dB (default: 0,20)")
      ->delimiter(',')
      ->expected(2);
  add("--distance", scene.least_distance_s, "least time between events in s")->capture_default_str();
  add("--background-dbfs", scene.background_dbfs, "lowest and highest level of background clips (default: -35,-28)")
      ->delimiter(',')
      ->expected(2);
  add("--rate", scene.sample_rate_hz, "sample rate in Hz")->capture_default_str();
  add("--below-peak", scene.extent.below_peak_db, "an event ends where its clip is this many dB below its peak")
      ->capture_default_str();
  add("--pause", scene.extent.longest_pause_s, "sounds of a clip with pauses up to this (s) are one event")
      ->capture_default_str();
}

void declare(CLI::App& app, Arguments& arguments) {
  auto& set = arguments.set;
  auto* out = app.add_option("--out", arguments.folder, "Folder for the data set; made when missing");
  app.add_option("--wav", arguments.wav, "Instead of a data set write one sound of the one kind into this WAV file")
      ->excludes(out);
  app.add_option("--kinds", set.kinds, "Kinds of sound, joined by commas; 'all' for every one that --list shows")
      ->delimiter(',')
      ->capture_default_str();
  app.add_option("--clips-per-fold", set.clips_per_fold, "Clips of each kind in each of the five folds")
      ->capture_default_str();
  app.add_option("--takes", set.takes_per_source, "Clips from one source, such as one dog; they share a fold")
      ->capture_default_str();
  app.add_option("--seconds", set.duration_s, "Duration of each clip")->capture_default_str();
  app.add_option("--seed", set.seed, "Another seed gives other sources")->capture_default_str();
  app.add_flag("--list", arguments.list, "Print the kinds of sound, and do nothing else");
  declare_soundscape(app, arguments);
  command_line::add_common_options(app, arguments.common, false);
  app.footer(kExamples);
}

int print_kinds() {
  std::printf("%-16s  TARGET  SOUND\n", "KIND");
  for (const auto& kind : synthesis::sound_kinds()) {
    std::printf("%-16s  %6d  %s\n", kind.name.c_str(), kind.target, kind.what.c_str());
  }
  return 0;
}

int write_one(const Arguments& arguments) {
  if (arguments.set.kinds.size() != 1) throw UsageError("--wav takes one kind of sound: name it with --kinds");
  const auto sound = synthesis::synthesize(arguments.set.kinds.front(), arguments.set.seed, arguments.set.duration_s);
  audio::write_wav(arguments.wav, sound.waveform, sound.sample_rate_hz);
  std::printf("%s: %s, %g s\n", arguments.wav.c_str(), arguments.set.kinds.front().c_str(), arguments.set.duration_s);
  return 0;
}

int write_scene(Arguments& arguments) {
  arguments.scene.folder = arguments.folder;
  arguments.scene.seed = arguments.set.seed;
  const auto report = soundscapes::write_soundscapes(arguments.scene);
  std::printf("%s: %s\n", arguments.folder.c_str(), report.text().c_str());
  return 0;
}

int synthesize(Arguments arguments) {
  if (arguments.list) return print_kinds();
  if (arguments.soundscape) return write_scene(arguments);
  auto& set = arguments.set;
  if (set.kinds == std::vector<std::string>{"all"}) {
    set.kinds.clear();
    for (const auto& kind : synthesis::sound_kinds()) set.kinds.push_back(kind.name);
  }
  if (!arguments.wav.empty()) return write_one(arguments);
  if (arguments.folder.empty()) throw UsageError("give --out FOLDER, --wav FILE or --list (see synthesizer --help)");
  set.folder = arguments.folder;
  const auto report = synthesis::write_sound_set(set);
  std::printf("%s: %zu clips of %zu kinds in %d folds, %zu written, %zu already present\n", arguments.folder.c_str(),
              report.written + report.kept, set.kinds.size(), synthesis::kFolds, report.written, report.kept);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Synthesises sounds (barks, meows, rain, sirens and more) to train and test with.", "synthesizer"};
  Arguments arguments;
  declare(app, arguments);
  return command_line::run_app(app, argc, argv, arguments.common, [&] { return synthesize(arguments); });
}
