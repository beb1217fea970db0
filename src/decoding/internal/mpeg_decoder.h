// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "decoding/decoder.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

struct mpg123_handle_struct;

namespace soundfold::decoding {

/// Where MPEG audio lies in a file of bare frames.
struct MpegPlace {
  int layer = 0;  ///< 1 to 3; 0: the file is something else
  std::int64_t begin = 0, end = 0;
};

/// Looks for the header of a frame (ISO 11172-3, 2.4.1.3) at the beginning of the file or behind its ID3v2 tags. Tags
/// at the end (ID3v1, APEv2, Lyrics3) are left out, since mpg123 stops at what is not a frame. Moves the position.
MpegPlace find_mpeg(containers::SoundBytes& bytes);

/// The same for a file that begins with something else, such as the rest of a frame or zeros: looks in its first 64 KiB
/// for four frames on end, of one layer and rate.
MpegPlace find_mpeg_further_on(containers::SoundBytes& bytes);

/// Whether the first frame, at the beginning of `bytes`, states how long the sound is (an Xing, Info or VBRI header).
bool has_length_header(containers::SoundBytes& bytes);

/// MPEG audio (MP3, MP2, MP1) read to its end with mpg123. libsndfile, which decodes with the same library, stops at a
/// length that it guesses from the first frame's bit rate when no Xing or Info header states the length: a variable bit
/// rate then loses most of the sound. With such a header, the encoder's delay and padding are left out, as it says.
/// Rate and channels may change from frame to frame.
class MpegDecoder : public Decoder {
 public:
  /// Reads from the beginning of `bytes`. `format` is what info() calls it. Throws DataError when there is no MPEG
  /// audio, or the disk cannot be read.
  MpegDecoder(containers::SoundBytes& bytes, std::string name, std::string format);

  SoundInfo info() const override { return info_; }
  bool format_may_change() const override { return true; }
  /// Where the file was truncated, that is the end. Throws DataError for damage, and when the disk cannot be read,
  /// which mpg123 takes for the end.
  Block read() override;

 private:
  struct Delete {
    void operator()(mpg123_handle_struct* handle) const;
  };
  bool take_format();

  containers::SoundBytes& bytes_;
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
