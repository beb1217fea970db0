// SPDX-License-Identifier: Apache-2.0
// synthesizer: synthesised sounds, as a data set in ESC-50's layout or one at a time.

#include "apps/common.h"
#include "audio/waveform.h"
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
  trainer --config configs/dogcat.yaml --set data.root=data/synthetic

The same options give the same samples on every machine. A second run keeps what is there. Exit codes: 0 done,
1 failure, 2 wrong usage, 130 interrupted (the same command resumes from there).)";

struct Arguments {
  apps::CommonOptions common;
  synthesis::SoundSetOptions set;
  std::string folder;
  std::string wav;
  bool list = false;
};

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
  apps::add_common_options(app, arguments.common, false);
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

int synthesize(Arguments arguments) {
  if (arguments.list) return print_kinds();
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
  return apps::run_app(app, argc, argv, arguments.common, [&] { return synthesize(arguments); });
}
