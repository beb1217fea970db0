// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace soundfold::soundscapes {

/// A sound to mix: a file, or one that is synthesised.
struct Clip {
  std::string name;            ///< the file's name, or "dog 12" for a synthesised one
  std::string label;           ///< its class; empty where the sounds have none
  std::filesystem::path path;  ///< empty: synthesised, of the kind `label`
  std::uint64_t seed = 0;      ///< of a synthesised one
};

/// Which sounds to take.
struct ClipChoice {
  /// ESC-50's folder, a CSV (path,label[,fold]), a folder with a folder for each class, a folder of sounds without
  /// classes, or "synthesised".
  std::string place;
  std::vector<std::string> classes;  ///< empty: all; of "synthesised" they are needed
  std::vector<int> folds;            ///< empty: all
};

/// The sounds, in a fixed order: of "synthesised" eight of each kind, drawn from `seed`. Throws UsageError for a place,
/// class or fold that is not there, DataError as dataset::load.
std::vector<Clip> find_clips(const ClipChoice& choice, std::uint64_t seed);

using SampleConsumer = std::function<void(const float* samples, std::size_t count)>;

/// The samples of a clip, mono, at `sample_rate_hz`, in pieces. Throws DataError as audio::load_waveform.
void stream_clip(const Clip& clip, int sample_rate_hz, const SampleConsumer& consume);

/// All of them.
std::vector<float> load_clip(const Clip& clip, int sample_rate_hz);

}  // namespace soundfold::soundscapes
