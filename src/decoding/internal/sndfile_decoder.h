// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "decoding/decoder.h"

#include <sndfile.h>

#include <memory>
#include <string>
#include <vector>

namespace soundfold::decoding {

/// What libsndfile reads, except MPEG audio.
class SndfileDecoder : public Decoder {
 public:
  struct Close {
    void operator()(SNDFILE* handle) const { sf_close(handle); }
  };
  using Handle = std::unique_ptr<SNDFILE, Close>;

  /// Takes over what SoundBytes::open gave.
  SndfileDecoder(containers::SoundBytes& bytes, std::string name, Handle handle, const SF_INFO& header);

  SoundInfo info() const override;
  Block read() override;

 private:
  void check_complete() const;
  void refuse_when_short(double promised_frames) const;

  containers::SoundBytes& bytes_;
  std::string name_;
  Handle handle_;
  SF_INFO header_;
  std::int64_t frames_read_ = 0;
  std::vector<float> values_;
};

/// "FLAC, 16 bit" for the format of an SF_INFO.
std::string format_name(int format);

}  // namespace soundfold::decoding
