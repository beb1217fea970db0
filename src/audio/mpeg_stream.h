// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "audio/sound_bytes.h"

#include <cstddef>
#include <memory>
#include <string>

struct mpg123_handle_struct;

namespace soundfold::audio {

/// MPEG audio (MP3, MP2) read to its end. libsndfile, which decodes with the same library, stops at a length that it
/// guesses from the first frame's bit rate when no Xing or Info header tells the length: a variable bit rate then loses
/// most of the sound. With such a header, the encoder's delay and padding are left out, as it says.
class MpegStream {
 public:
  /// Reads from the beginning of `bytes`, which must live longer and which nobody else may read meanwhile; `name`
  /// stands for the file in messages. Throws DataError when there is no MPEG audio, or the disk cannot be read.
  MpegStream(SoundBytes& bytes, std::string name);

  /// Gives up to `frames` interleaved frames of `channels` samples in `values`, and how many; 0 at the end. Where the
  /// file was cut off, that is the end. Throws DataError for damage, when rate or channels change on the way, and when
  /// the disk cannot be read, which mpg123 takes for the end.
  std::size_t read(float* values, std::size_t frames, std::size_t channels);

 private:
  struct Delete {
    void operator()(mpg123_handle_struct* handle) const;
  };
  void throw_disk_problem() const;

  SoundBytes& bytes_;
  std::string name_;
  std::unique_ptr<mpg123_handle_struct, Delete> handle_;
};

}  // namespace soundfold::audio
