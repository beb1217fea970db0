// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "containers/sound_bytes.h"

#include <cstdint>
#include <string>

namespace soundfold::containers {

/// Where the sound lies in a container of chunks, and how much of it the header promises.
struct Payload {
  std::string container;   ///< "RIFF", "RF64", "W64", "AIFF", "8SVX", "AU"; "": another one, or no sound in it
  int wav_coding = 0;      ///< wFormatTag of RIFF and RF64: 1 for PCM, 0x50 and 0x55 for MPEG audio
  std::int64_t begin = 0;  ///< in bytes from the beginning of the file
  /// By the header; 0 when it gives none: 0, or one of the largest values that streaming writers leave behind.
  std::int64_t promised_bytes = 0;
  std::int64_t present_bytes = 0;  ///< of the promised ones, or to the end of the file
  /// Behind the promised ones lie 4 GiB or more: the size is too large for the header, which holds what is left of it.
  bool size_overflowed = false;
  /// A writer that could not seek left the size at 0, and samples follow (rather than chunks to the file's end): what
  /// the header should say, for SoundBytes::replace.
  std::int64_t size_field = 0;  ///< in bytes from the beginning of the file; 0: the size was not left at 0
  std::string size_bytes;
};

/// Reads the header of a WAV (RIFF, RF64, Sony's W64), AIFF, 8SVX or AU file. libsndfile quietly shortens the sound to
/// what is there, so that a file truncated in the middle would pass as a whole one, and takes a size of 0 for no sound.
/// Formats: Microsoft's "Multimedia Programming Interface and Data Specifications 1.0", EBU Tech 3306 (RF64), Sony's
/// "Wave64", Apple's "AIFF 1.3", Electronic Arts' "8SVX", Sun's audio(4).
Payload find_payload(const SoundBytes& bytes);

}  // namespace soundfold::containers
