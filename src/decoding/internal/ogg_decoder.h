// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "decoding/decoder.h"
#include "decoding/internal/ogg_links.h"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace soundfold::decoding {

/// An Ogg file read link by link: libsndfile by itself gives the first link of a chain only.
class OggDecoder : public Decoder {
 public:
  /// Throws DataError as open_decoder does, for the first link.
  OggDecoder(SoundBytes& bytes, std::string name, std::vector<OggLink> links);

  SoundInfo info() const override;
  bool format_may_change() const override { return links_.size() > 1 || link_->format_may_change(); }
  /// Throws DataError when a link is truncated (has no end mark) or cannot be decoded.
  Block read() override;

 private:
  void open_link();

  SoundBytes& bytes_;
  std::string name_;
  std::vector<OggLink> links_;
  std::size_t next_ = 0;  ///< the link after the open one
  std::unique_ptr<Decoder> link_;
  SoundInfo info_;
  std::int64_t frames_read_ = 0;
};

}  // namespace soundfold::decoding
