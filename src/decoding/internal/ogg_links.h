// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "decoding/sound_bytes.h"

#include <cstdint>
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
std::vector<OggLink> find_ogg_links(SoundBytes& bytes, const std::string& name);

}  // namespace soundfold::decoding
