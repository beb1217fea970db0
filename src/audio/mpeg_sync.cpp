// SPDX-License-Identifier: Apache-2.0
#include "audio/mpeg_sync.h"

#include <algorithm>
#include <array>
#include <string>

namespace soundfold::audio {
namespace {

constexpr int kMostTags = 16;

std::string read_at(SoundBytes& bytes, std::int64_t at, std::size_t count) {
  if (at < 0 || bytes.seek(at, SEEK_SET) != at) return "";
  std::string text(count, '\0');
  text.resize(static_cast<std::size_t>(bytes.read(text.data(), static_cast<std::int64_t>(count))));
  return text;
}

unsigned byte_of(const std::string& text, std::size_t i) {
  return static_cast<unsigned char>(text[i]);
}

/// Bytes of the ID3v2 tag at `at`, 0 when there is none: 10 of header, its size in four groups of 7 bits, 10 of footer
/// where flag 0x10 is set (id3.org, "ID3 tag version 2.4.0", section 3).
std::int64_t id3v2_bytes(SoundBytes& bytes, std::int64_t at) {
  const std::string head = read_at(bytes, at, 10);
  if (head.size() < 10 || head.compare(0, 3, "ID3") != 0 || byte_of(head, 3) == 0xFF) return 0;
  std::int64_t size = 0;
  for (std::size_t i = 6; i < 10; ++i) size = size << 7 | static_cast<std::int64_t>(byte_of(head, i) & 0x7FU);
  return 10 + size + ((byte_of(head, 5) & 0x10U) != 0 ? 10 : 0);
}

/// Bytes of the tag that ends at `end`, 0 when there is none.
std::int64_t trailing_tag_bytes(SoundBytes& bytes, std::int64_t end) {
  if (read_at(bytes, end - 128, 3) == "TAG") return 128;
  // APEv2: a footer of 32 bytes whose 32-bit size counts it and the items; flag 31 says that a header stands before.
  const std::string footer = read_at(bytes, end - 32, 32);
  if (footer.compare(0, 8, "APETAGEX") == 0) {
    std::int64_t size = 0;
    for (std::size_t i = 16; i-- > 12;) size = size << 8 | static_cast<std::int64_t>(byte_of(footer, i));
    return std::max<std::int64_t>(32, size) + ((byte_of(footer, 23) & 0x80U) != 0 ? 32 : 0);
  }
  // Lyrics3 v2.00: six digits that count all before them, then the end mark.
  const std::string lyrics = read_at(bytes, end - 15, 15);
  if (lyrics.size() == 15 && lyrics.compare(6, 9, "LYRICS200") == 0 &&
      std::all_of(lyrics.begin(), lyrics.begin() + 6, [](char c) { return c >= '0' && c <= '9'; })) {
    return 15 + std::stoll(lyrics.substr(0, 6));
  }
  return 0;
}

/// The layer, or 0 for what is no frame header: 11 bits set, then values that are not reserved.
int layer_of(const std::string& head) {
  if (head.size() < 4 || byte_of(head, 0) != 0xFF || (byte_of(head, 1) & 0xE0U) != 0xE0) return 0;
  const unsigned version = byte_of(head, 1) >> 3U & 3U, layer = byte_of(head, 1) >> 1U & 3U;
  const unsigned bit_rate = byte_of(head, 2) >> 4U, rate = byte_of(head, 2) >> 2U & 3U;
  if (version == 1 || layer == 0 || bit_rate == 15 || rate == 3) return 0;
  return 4 - static_cast<int>(layer);
}

}  // namespace

MpegPlace find_mpeg(SoundBytes& bytes) {
  MpegPlace place;
  for (int i = 0; i < kMostTags; ++i) {
    const std::int64_t tag = id3v2_bytes(bytes, place.begin);
    if (tag == 0) break;
    place.begin += tag;
  }
  place.layer = layer_of(read_at(bytes, place.begin, 4));
  if (place.layer == 0) return {};
  place.end = bytes.size();
  for (int i = 0; i < kMostTags; ++i) {
    const std::int64_t tag = trailing_tag_bytes(bytes, place.end);
    if (tag == 0 || place.end - tag <= place.begin) break;
    place.end -= tag;
  }
  return place;
}

}  // namespace soundfold::audio
