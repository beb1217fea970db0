// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

namespace soundfold::audit {

/// What a sound file is like at its own rate, before anything is resampled.
struct AudioFacts {
  std::string problem;  ///< why it cannot be read; the rest is then unknown
  std::string format;   ///< "WAV, 16 bit"
  int sample_rate_hz = 0;
  int channels = 0;
  double seconds = 0;
  double peak = 0;        ///< largest magnitude in any channel; 1: full scale
  double level_dbfs = 0;  ///< RMS of the mean over channels; -200 for digital silence
  double dc_offset = 0;   ///< mean sample of the mean over channels
  double clipped = 0;     ///< share of samples in runs of three and more at the file's peak, when that is above -1 dBFS
  double quiet = 0;       ///< share of stretches of 10 ms below -80 dBFS: padding, as a rule
  double highest_hz = 0;  ///< above it lies less than a millionth of the power, or than -90 dBFS; 0: silence
};

/// Decodes the whole file; its spectrum is that of the first minute. A file that cannot be read has its `problem` set.
AudioFacts audio_facts(const std::filesystem::path& path);

}  // namespace soundfold::audit
