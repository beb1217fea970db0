// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "audio/sound_bytes.h"

#include <cstdint>

namespace soundfold::audio {

/// Where the sound lies in a WAV (RIFF) or AIFF file, and how much of it the header promises.
struct Payload {
  bool wav = false, aiff = false;  ///< neither: another container, or no sound data in it
  int wav_coding = 0;              ///< wFormatTag: 1 for PCM, 0x50 and 0x55 for MPEG audio
  std::int64_t begin = 0;          ///< in bytes from the beginning of the file
  std::int64_t size_field = 0;     ///< where the header's 32-bit size of it stands
  /// By the header; 0 when it gives none: 0, or one of the largest values that streaming writers leave behind.
  std::int64_t promised_bytes = 0;
  std::int64_t present_bytes = 0;  ///< of the promised ones, or to the end of the file
  /// The size was left at 0 by a writer that could not seek, and samples follow (rather than chunks to the file's end).
  bool size_left_at_zero = false;
};

/// Reads the header of a WAV or AIFF file. libsndfile quietly shortens the sound to what is there, so that a file cut
/// off in the middle would pass as a whole one, and takes a size of 0 for no sound. Formats: Microsoft's "Multimedia
/// Programming Interface and Data Specifications 1.0", Apple's "AIFF 1.3".
Payload find_payload(const SoundBytes& bytes);

}  // namespace soundfold::audio
