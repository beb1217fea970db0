// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "decoding/decoder.h"

#include <memory>
#include <string>
#include <vector>

struct mpg123_handle_struct;

namespace soundfold::decoding {

/// MPEG audio (MP3, MP2, MP1) read to its end with mpg123. libsndfile, which decodes with the same library, stops at a
/// length that it guesses from the first frame's bit rate when no Xing or Info header states the length: a variable bit
/// rate then loses most of the sound. With such a header, the encoder's delay and padding are left out, as it says.
/// Rate and channels may change from frame to frame.
class MpegDecoder : public Decoder {
 public:
  /// Reads from the beginning of `bytes`. `format` is what info() calls it. Throws DataError when there is no MPEG
  /// audio, or the disk cannot be read.
  MpegDecoder(SoundBytes& bytes, std::string name, std::string format);

  SoundInfo info() const override { return info_; }
  bool format_may_change() const override { return true; }
  /// Where the file was truncated, that is the end. Throws DataError for damage, and when the disk cannot be read,
  /// which mpg123 takes for the end.
  Block read() override;

 private:
  struct Delete {
    void operator()(mpg123_handle_struct* handle) const;
  };
  void throw_disk_problem() const;
  bool take_format();

  SoundBytes& bytes_;
  std::string name_;
  std::unique_ptr<mpg123_handle_struct, Delete> handle_;
  SoundInfo info_;
  Block block_;
  std::int64_t frames_read_ = 0;
  std::int64_t promised_frames_ = 0;  ///< by an Xing or Info header; 0: there is none
  std::vector<float> values_;
};

/// What info() calls bare frames of that layer.
std::string mpeg_name(int layer);

}  // namespace soundfold::decoding
