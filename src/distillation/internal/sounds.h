// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "audio/waveform.h"
#include "dataset/dataset.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace soundfold::distillation {

/// Where the training sounds of a student come from. Labels are not used.
struct SoundOptions {
  std::vector<std::filesystem::path> files;  ///< recordings, each held in memory as a whole
  audio::Channels channels = audio::Channels::mean;
  int sample_rate_hz = audio::kSampleRateHz;  ///< that the teacher takes
  std::int64_t synthetic_clips = 0;           ///< sounds that are no recordings, numbered from 0
  /// Makes the one of that number, mono at audio::kSampleRateHz; called from several threads at once.
  std::function<std::vector<float>(std::int64_t number)> synthetic;
  int threads = 1;
};

/// Waveforms in memory.
struct Sounds {
  int sample_rate_hz = audio::kSampleRateHz;
  std::vector<std::vector<float>> waveforms;
  std::int64_t recorded = 0;  ///< the first ones; the rest are synthesised
  std::string digest;         ///< of all samples, in order
  double seconds() const;
};

/// Loads and synthesises the sounds in parallel, with progress; the result does not depend on `threads`. Throws
/// DataError for a bad file or when there is no sound at all, Interrupted when a stop was requested.
std::shared_ptr<const Sounds> gather_sounds(const SoundOptions& options);

/// The clips of an ESC-50 layout that neither are of ESC-10's classes nor were cut from a recording that also gave an
/// ESC-10 clip: `esc10` holds those clips. Files in the data set's order.
std::vector<std::filesystem::path> files_without(const dataset::Dataset& data, const dataset::Dataset& esc10);

}  // namespace soundfold::distillation
