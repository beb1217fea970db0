// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace soundfold::audio {

/// How much sound a container's header promises and how much of it the file can hold.
struct PayloadSize {
  std::int64_t promised_bytes = 0;
  std::int64_t present_bytes = 0;
};

/// Reads the size of the sound data from the header of a WAV (RIFF) or AIFF file: libsndfile quietly shortens it to
/// what is there, so that a file cut off in the middle would pass as a whole one. Both sizes are 0 when the container
/// is another one, or when the header gives no size (0, or one of the largest values that streaming writers leave
/// behind). Formats: Microsoft's "Multimedia Programming Interface and Data Specifications 1.0", Apple's "AIFF 1.3".
PayloadSize payload_size(int file_descriptor, std::int64_t file_bytes);

}  // namespace soundfold::audio
