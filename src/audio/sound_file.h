// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "audio/mpeg_stream.h"
#include "audio/sound_bytes.h"
#include "audio/waveform.h"

#include <sndfile.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

namespace soundfold::audio {

/// An open sound file that gives mono samples at its own rate. Not for use by two threads at once.
class SoundFile {
 public:
  /// Throws DataError when `path` is missing, not a regular file, not a sound, or out of the supported range.
  explicit SoundFile(const std::filesystem::path& path);

  SoundInfo info() const;
  int sample_rate_hz() const { return header_.samplerate; }
  std::int64_t frames_read() const { return frames_read_; }

  /// The next samples, averaged over channels; empty at the end. The block is the object's own and lives until the next
  /// call. At the end of a file that was cut off, and for NaN or infinite samples, throws DataError.
  const std::vector<float>& read_mono();

 private:
  struct Close {
    void operator()(SNDFILE* handle) const { sf_close(handle); }
  };

  std::int64_t read_interleaved(std::int64_t frames);
  void mix_to_mono(std::size_t frames);
  void check_values() const;
  void check_complete() const;
  void refuse_when_short(double promised_frames) const;

  std::filesystem::path path_;
  SoundBytes bytes_;
  SF_INFO header_ = {};
  std::unique_ptr<SNDFILE, Close> handle_;
  std::unique_ptr<MpegStream> mpeg_;  ///< set for MP3 and MP2: what decodes them
  std::int64_t frames_read_ = 0;
  std::vector<float> interleaved_;
  std::vector<float> mono_;
};

}  // namespace soundfold::audio
