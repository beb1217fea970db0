// SPDX-License-Identifier: Apache-2.0
#include "decoding/internal/ffmpeg_decoder.h"
#include "support/errors.h"

namespace soundfold::decoding {

bool ffmpeg_is_available() {
  return false;
}

std::unique_ptr<Decoder> open_with_ffmpeg(containers::SoundBytes&, const std::string& name) {
  throw DataError(
      name + ": cannot be read as sound: it is of no known format (libsndfile reads WAV, FLAC, Ogg, MP3, AIFF " +
      "and others); this build has no FFmpeg, which reads M4A, AAC, MP4, WebM, WMA, AMR, WavPack and others");
}

}  // namespace soundfold::decoding
