// SPDX-License-Identifier: Apache-2.0
#include "decoding/internal/ogg_decoder.h"

#include "decoding/internal/plain_decoder.h"
#include "support/errors.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

namespace soundfold::decoding {
namespace {

constexpr std::size_t kHeaderBytes = 27;
constexpr std::size_t kLargestPage = kHeaderBytes + 255 + 255 * 255;

/// CRC-32 of an Ogg page: polynomial 0x04C11DB7, most significant bit first, from 0, nothing inverted (RFC 3533).
class PageChecksum {
 public:
  PageChecksum() {
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
      std::uint32_t value = byte << 24U;
      for (int bit = 0; bit < 8; ++bit) value = value << 1U ^ ((value >> 31U) != 0 ? 0x04C11DB7U : 0);
      table_[byte] = value;
    }
  }
  std::uint32_t of(const unsigned char* bytes, std::size_t count) const {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const unsigned char byte = i >= 22 && i < 26 ? 0 : bytes[i];  // the place of the checksum itself
      value = value << 8U ^ table_[(value >> 24U ^ byte) & 0xFFU];
    }
    return value;
  }

 private:
  std::array<std::uint32_t, 256> table_{};
};

struct Page {
  std::int64_t begin = 0, end = 0;
  std::uint32_t serial = 0, sequence = 0;
  bool first = false, last = false;
  bool headers_only = false;  ///< no sound is complete yet: its granule position is 0 or none
};

class PageReader {
 public:
  PageReader(containers::SoundBytes& bytes, const std::string& name) : bytes_(bytes), name_(name) {}

  /// The page at the position; none where there is no whole one.
  std::optional<Page> next() {
    const std::int64_t begin = bytes_.seek(0, SEEK_CUR);
    if (!fill(0, kHeaderBytes) || std::memcmp(page_.data(), "OggS", 4) != 0) return missing(begin);
    const std::size_t segments = page_[26];
    if (!fill(kHeaderBytes, segments)) return missing(begin);
    std::size_t size = kHeaderBytes + segments;
    std::size_t body = 0;
    for (std::size_t i = 0; i < segments; ++i) body += page_[kHeaderBytes + i];
    if (!fill(size, body)) return missing(begin);
    size += body;
    Page page{begin, begin + static_cast<std::int64_t>(size), number(14), number(18)};
    page.first = (page_[5] & 2U) != 0;
    page.last = (page_[5] & 4U) != 0;
    const std::uint64_t granule = containers::little_endian(&page_[6], 8);
    page.headers_only = granule == 0 || granule == ~std::uint64_t{0};
    static const PageChecksum checksum;
    if (checksum.of(page_.data(), size) != number(22)) {
      throw DataError(name_ + ": damaged: the checksum of its Ogg page at byte " + std::to_string(begin) +
                      " is wrong; fetch or export the file again");
    }
    return page;
  }

 private:
  bool fill(std::size_t at, std::size_t count) {
    const std::int64_t given = bytes_.read(page_.data() + at, static_cast<std::int64_t>(count));
    bytes_.throw_problem(name_);
    return given == static_cast<std::int64_t>(count);
  }
  std::uint32_t number(std::size_t at) const {
    return static_cast<std::uint32_t>(containers::little_endian(&page_[at], 4));
  }
  std::optional<Page> missing(std::int64_t begin) {
    bytes_.seek(begin, SEEK_SET);
    return std::nullopt;
  }

  containers::SoundBytes& bytes_;
  const std::string& name_;
  std::array<unsigned char, kLargestPage> page_{};
};

/// Moves to the next "OggS" from `at` on; false when there is none.
bool find_next_page(containers::SoundBytes& bytes, std::int64_t at) {
  std::array<char, 65'536> block{};
  while (true) {
    bytes.seek(at, SEEK_SET);
    const std::int64_t given = bytes.read(block.data(), static_cast<std::int64_t>(block.size()));
    if (given < 4) return false;
    const auto found = std::string_view(block.data(), static_cast<std::size_t>(given)).find("OggS");
    if (found != std::string_view::npos) {
      bytes.seek(at + static_cast<std::int64_t>(found), SEEK_SET);
      return true;
    }
    at += given - 3;
  }
}

/// What is known of a stream so far.
struct Stream {
  std::uint32_t sequence = 0;
  bool headers_only = true, ended = false;
};

void refuse_gap(const Page& page, const Stream& stream, const std::string& name) {
  // A recording that starts in the middle of a stream has its headers, and then pages from the middle.
  if (page.sequence == stream.sequence + 1 || stream.headers_only) return;
  throw DataError(name + ": damaged: pages of its Ogg stream are missing before byte " + std::to_string(page.begin) +
                  "; fetch or export the file again");
}

}  // namespace

std::vector<OggLink> find_ogg_links(containers::SoundBytes& bytes, const std::string& name) {
  bytes.restrict_to(0, bytes.file_size());
  PageReader reader(bytes, name);
  std::vector<OggLink> links;
  std::map<std::uint32_t, Stream> streams;
  const auto all_ended = [&] {
    return std::all_of(streams.begin(), streams.end(), [](const auto& stream) { return stream.second.ended; });
  };
  bool in_headers = false;
  std::int64_t at = 0;
  while (true) {
    auto page = reader.next();
    // Other bytes, such as tags, may lie between links. Before the first one they mean another format, whose sound may
    // hold the four letters of a page by chance.
    if (!page && !links.empty() && all_ended() && find_next_page(bytes, at)) page = reader.next();
    if (!page) break;
    at = page->end;
    if (page->first && !in_headers) {
      if (!links.empty()) links.back().ended = all_ended();
      links.push_back({page->begin, page->end, 0, false});
      streams.clear();
    }
    in_headers = page->first;
    if (links.empty()) return {};  // begins in the middle of a stream
    auto [place, fresh] = streams.try_emplace(page->serial);
    Stream& stream = place->second;
    if (fresh) ++links.back().streams;
    if (!fresh) refuse_gap(*page, stream, name);
    stream = {page->sequence, stream.headers_only && page->headers_only, stream.ended || page->last};
    links.back().end = page->end;
  }
  if (links.empty()) return {};
  links.back().ended = all_ended();
  if (at < bytes.file_size() && !links.back().ended) {
    std::array<char, 4> magic{};
    const bool cut = bytes.read(magic.data(), 4) < 4 || std::memcmp(magic.data(), "OggS", 4) == 0;
    if (!cut) {
      throw DataError(name + ": damaged: no Ogg page at byte " + std::to_string(at) +
                      ", in the middle of the sound; fetch or export the file again");
    }
  }
  return links;
}

OggDecoder::OggDecoder(containers::SoundBytes& bytes, std::string name, std::vector<OggLink> links)
    : bytes_(bytes), name_(std::move(name)), links_(std::move(links)) {
  open_link();
  info_ = link_->info();
  if (links_.size() == 1) return;
  info_.frames = 0;  // the first link's alone
  info_.format += ", a chain of " + std::to_string(links_.size());
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
