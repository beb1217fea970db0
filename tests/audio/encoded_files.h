// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace soundfold::testing {

/// One audio stream of a file.
struct EncodedTrack {
  std::string encoder;             ///< FFmpeg's name: aac, alac, flac, opus, wavpack, wmav2, tta, ac3, pcm_s16le
  std::vector<float> interleaved;  ///< samples
  int channels = 1;
  int rate_hz = 44'100;
  bool is_default = true;
};

/// Writes a file with FFmpeg's libraries; `container` is FFmpeg's name (ipod, mp4, webm, matroska, asf, wv, adts, ogg).
/// `seekable` false: as into a pipe, sizes left open.
void write_encoded(const std::filesystem::path& path, const std::string& container,
                   const std::vector<EncodedTrack>& tracks, bool seekable = true);

}  // namespace soundfold::testing
