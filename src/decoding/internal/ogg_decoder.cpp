// SPDX-License-Identifier: Apache-2.0
#include "decoding/internal/ogg_decoder.h"

#include "decoding/internal/plain_decoder.h"
#include "support/errors.h"

#include <utility>

namespace soundfold::decoding {

OggDecoder::OggDecoder(SoundBytes& bytes, std::string name, std::vector<OggLink> links)
    : bytes_(bytes), name_(std::move(name)), links_(std::move(links)) {
  open_link();
  info_ = link_->info();
  if (links_.size() == 1) return;
  info_.frames = 0;  // the first link's alone
  info_.format += ", a chain of " + std::to_string(links_.size());
}

SoundInfo OggDecoder::info() const {
  return info_;
}

void OggDecoder::open_link() {
  const OggLink& link = links_[next_];
  link_.reset();  // before the next one reads the same bytes
  bytes_.restrict_to(link.begin, link.end);
  link_ = open_plain(bytes_, name_);
  ++next_;
}

Block OggDecoder::read() {
  while (true) {
    const Block block = link_->read();
    frames_read_ += static_cast<std::int64_t>(block.frames);
    if (block.frames > 0) return block;
    if (!links_[next_ - 1].ended) {
      throw DataError(name_ + ": truncated: its Ogg stream has no end mark (" + std::to_string(frames_read_) +
                      " frames could be decoded); fetch or export the file again");
    }
    if (next_ == links_.size()) return {};
    open_link();
  }
}

}  // namespace soundfold::decoding
