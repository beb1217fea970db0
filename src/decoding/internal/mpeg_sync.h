// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "decoding/sound_bytes.h"

#include <cstdint>

namespace soundfold::decoding {

/// Where MPEG audio lies in a file of bare frames.
struct MpegPlace {
  int layer = 0;  ///< 1 to 3; 0: the file is something else
  std::int64_t begin = 0, end = 0;
};

/// Looks for the header of a frame (ISO 11172-3, 2.4.1.3) at the beginning of the file or behind its ID3v2 tags. Tags
/// at the end (ID3v1, APEv2, Lyrics3) are left out, since mpg123 stops at what is not a frame. Moves the position.
MpegPlace find_mpeg(SoundBytes& bytes);

/// The same for a file that begins with something else, such as the rest of a frame or zeros: looks in its first 64 KiB
/// for four frames on end, of one layer and rate.
MpegPlace find_mpeg_further_on(SoundBytes& bytes);

/// Whether the first frame, at the beginning of `bytes`, states how long the sound is (an Xing, Info or VBRI header).
bool has_length_header(SoundBytes& bytes);

}  // namespace soundfold::decoding
