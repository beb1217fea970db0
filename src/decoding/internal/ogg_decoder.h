// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "decoding/decoder.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace soundfold::decoding {

/// One link of a chain of Ogg streams (RFC 3533, section 4): bytes that are an Ogg file by themselves.
struct OggLink {
  std::int64_t begin = 0, end = 0;  ///< bytes of the file
  int streams = 0;                  ///< multiplexed in it
  bool ended = true;                ///< each has a page with the end mark, and the last page is whole
};

/// The links of the file, in order; none when it does not begin with an Ogg page. Reads every page, in constant memory
/// but for the links. Throws DataError with `name` in front for what libogg skips silently: bytes that are
/// no page, pages whose checksum is wrong, pages that are missing. Other bytes behind a link are let through.
std::vector<OggLink> find_ogg_links(containers::SoundBytes& bytes, const std::string& name);

/// An Ogg file read link by link: libsndfile by itself gives the first link of a chain only.
class OggDecoder : public Decoder {
 public:
  /// Throws DataError as open_decoder does, for the first link.
  OggDecoder(containers::SoundBytes& bytes, std::string name, std::vector<OggLink> links);

  SoundInfo info() const override { return info_; }
  bool format_may_change() const override { return links_.size() > 1 || link_->format_may_change(); }
  /// Throws DataError when a link is truncated (has no end mark) or cannot be decoded.
  Block read() override;

 private:
  void open_link();

  containers::SoundBytes& bytes_;
  std::string name_;
  std::vector<OggLink> links_;
  std::size_t next_ = 0;  ///< the link after the open one
  std::unique_ptr<Decoder> link_;
  SoundInfo info_;
  std::int64_t frames_read_ = 0;
};

}  // namespace soundfold::decoding
