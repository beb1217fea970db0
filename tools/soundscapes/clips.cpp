// SPDX-License-Identifier: Apache-2.0
#include "soundscapes/clips.h"

#include "audio/sound_names.h"
#include "audio/waveform.h"
#include "dataset/dataset.h"
#include "support/errors.h"
#include "support/random.h"
#include "synthesis/synthesize.h"
#include "text/text.h"

#include <algorithm>

namespace soundfold::soundscapes {
namespace {

namespace fs = std::filesystem;

constexpr int kSynthesisedClips = 8;  ///< of each kind

std::vector<Clip> synthesised_clips(const std::vector<std::string>& kinds, std::uint64_t seed) {
  if (kinds.empty()) throw UsageError("synthesised sounds: name the kinds (synthesizer --list shows them)");
  std::vector<Clip> clips;
  for (const auto& kind : kinds) {
    Random random = Random(seed).child(synthesis::find_kind(kind).name);
    for (int i = 0; i < kSynthesisedClips; ++i) {
      clips.push_back({kind + " " + std::to_string(i + 1), kind, {}, random.bits()});
    }
  }
  return clips;
}

/// Sounds in a folder and below, without classes.
std::vector<Clip> clips_of_folder(const fs::path& folder) {
  std::vector<Clip> clips;
  for (const auto& sound : audio::list_sounds(folder).sounds) {
    clips.push_back({sound.generic_string(), "", folder / sound, 0});
  }
  return clips;
}

bool has_sounds_of_its_own(const fs::path& folder) {
  const auto sounds = audio::list_sounds(folder).sounds;
  return std::any_of(sounds.begin(), sounds.end(), [](const fs::path& sound) { return !sound.has_parent_path(); });
}

std::vector<Clip> clips_of_data(const ClipChoice& choice, dataset::Layout layout) {
  dataset::DataOptions options;
  options.layout = layout;
  (layout == dataset::Layout::csv ? options.manifest : options.root) = choice.place;
  options.classes = choice.classes;
  const auto data = dataset::load(options);
  std::vector<Clip> clips;
  for (const auto& clip : data.clips) {
    const bool chosen =
        choice.folds.empty() || std::find(choice.folds.begin(), choice.folds.end(), clip.fold) != choice.folds.end();
    if (chosen) clips.push_back({clip.id, data.class_names[static_cast<std::size_t>(clip.labels.at(0))], clip.path, 0});
  }
  return clips;
}

}  // namespace

std::vector<Clip> find_clips(const ClipChoice& choice, std::uint64_t seed) {
  if (choice.place == "synthesised") return synthesised_clips(choice.classes, seed);
  std::vector<Clip> clips;
  if (fs::is_regular_file(choice.place)) {
    clips = clips_of_data(choice, dataset::Layout::csv);
  } else if (!fs::is_directory(choice.place)) {
    throw UsageError(shown(choice.place) + " is neither a folder, nor a CSV, nor the word synthesised");
  } else if (fs::exists(fs::path(choice.place) / "meta" / "esc50.csv")) {
    clips = clips_of_data(choice, dataset::Layout::esc50);
  } else if (choice.classes.empty() && has_sounds_of_its_own(choice.place)) {
    clips = clips_of_folder(choice.place);
  } else {
    clips = clips_of_data(choice, dataset::Layout::folders);
  }
  if (clips.empty()) throw UsageError(shown(choice.place) + ": no sound of the classes and folds that were asked for");
  return clips;
}

void stream_clip(const Clip& clip, int sample_rate_hz, const SampleConsumer& consume) {
  if (!clip.path.empty()) {
    audio::DecodeOptions options;
    options.sample_rate_hz = sample_rate_hz;
    audio::stream_waveform(clip.path, consume, options);
    return;
  }
  const auto sound = synthesis::synthesize(clip.label, clip.seed);
  const auto waveform = audio::resampled(sound.waveform, sound.sample_rate_hz, sample_rate_hz);
  consume(waveform.data(), waveform.size());
}

std::vector<float> load_clip(const Clip& clip, int sample_rate_hz) {
  std::vector<float> waveform;
  stream_clip(clip, sample_rate_hz, [&](const float* samples, std::size_t count) {
    waveform.insert(waveform.end(), samples, samples + count);
  });
  return waveform;
}

}  // namespace soundfold::soundscapes
