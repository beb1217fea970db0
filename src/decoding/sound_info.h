// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace soundfold::decoding {

/// Properties of a sound file.
struct SoundInfo {
  int sample_rate_hz = 0;  ///< at its beginning; it may change further on, as the number of channels may
  int channels = 0;
  std::int64_t frames = 0;  ///< As the header claims; some formats do not know (0). Never trust it for sizes.
  std::string format;       ///< Such as "FLAC, 16 bit".
};

}  // namespace soundfold::decoding
