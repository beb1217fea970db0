// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <soundfold/export.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace soundfold {

/// The rate of every waveform that these functions give, in Hz.
inline constexpr int kSampleRateHz = 16'000;

/// How a file of several channels becomes mono: their arithmetic mean; the first or second alone; or the one of the
/// highest RMS over the whole file. Where a file has fewer channels than that, the last it has.
enum class Channels { mean, left, right, loudest };

struct AudioOptions {
  Channels channels = Channels::mean;
  double max_seconds = 0;  ///< a longer file is a DataError; 0: no limit
};

/// Properties of a sound file, as its header says.
struct AudioInfo {
  int sample_rate_hz = 0;   ///< at its beginning
  int channels = 0;         ///< at its beginning
  std::int64_t frames = 0;  ///< samples of each channel as the header claims; 0: the format does not say
  std::string format;       ///< such as "FLAC, 16 bit"
};

/// Reads only the header. Throws DataError as load_audio does.
SOUNDFOLD_API AudioInfo probe_audio(const std::filesystem::path& path);

/// Decodes a whole sound file (WAV, FLAC, Ogg, MP3, AIFF and others; with FFmpeg also M4A, WebM, WMA and others; any
/// rate from 1 to 768 kHz, up to 64 channels) into mono samples at 16 kHz. Integer files are scaled to [-1, 1); float
/// files keep their values. Throws DataError naming the file when it is missing, no sound, empty, truncated, longer
/// than allowed, or holds samples that are not finite or above 100.
SOUNDFOLD_API std::vector<float> load_audio(const std::filesystem::path& path, const AudioOptions& options = {});

/// Consecutive samples; valid during the call only.
using SampleConsumer = std::function<void(const float* samples, std::size_t count)>;

/// The same samples block by block, in memory that does not grow with the file. Returns their number. What `consume`
/// throws passes through. Throws as load_audio does, where the fault is found: blocks before it were given already.
SOUNDFOLD_API std::int64_t stream_audio(const std::filesystem::path& path, const SampleConsumer& consume,
                                        const AudioOptions& options = {});

}  // namespace soundfold
