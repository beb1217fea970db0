// SPDX-License-Identifier: Apache-2.0
#include "containers/box_sizes.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace soundfold::containers {
namespace {

using Bytes = std::array<unsigned char, 24>;

/// The next `count` bytes at `at`; false where there are fewer.
bool read_at(SoundBytes& bytes, std::int64_t at, std::size_t count, Bytes& to) {
  return bytes.seek(at, SEEK_SET) == at &&
         bytes.read(to.data(), static_cast<std::int64_t>(count)) == static_cast<std::int64_t>(count);
}

std::string overrun(const std::string& part, std::uint64_t claimed, std::int64_t present) {
  return "its " + part + " claims " + std::to_string(claimed) + " bytes, " + std::to_string(present) + " are there";
}

bool fits(std::uint64_t size, std::int64_t present) {
  return size <= static_cast<std::uint64_t>(std::max<std::int64_t>(0, present));
}

/// Four letters of a box, or "?" for what is no letter.
std::string box_name(const unsigned char* bytes) {
  std::string name(reinterpret_cast<const char*>(bytes), 4);
  for (char& letter : name) letter = letter >= 0x20 && letter < 0x7F ? letter : '?';
  return name;
}

/// Whether MP4 and related formats have such an outermost box; what follows the last one, such as a tag, is none.
bool is_box(const std::string& name) {
  constexpr std::array<std::string_view, 14> kNames = {"ftyp", "moov", "mdat", "moof", "mfra", "free", "skip",
                                                       "wide", "pnot", "uuid", "sidx", "styp", "meta", "udta"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

std::string mp4_overrun(SoundBytes& bytes) {
  Bytes head{};
  for (std::int64_t at = 0; read_at(bytes, at, 8, head);) {
    const std::string name = box_name(&head[4]);
    if (!is_box(name)) return "";
    std::uint64_t size = big_endian(head.data(), 4);
    if (size == 0) return "";  // to the end of the file, wherever that is
    if (size == 1) size = read_at(bytes, at + 8, 8, head) ? big_endian(head.data(), 8) : 16;
    if (size < 8) return "";  // not boxes any more
    if (!fits(size, bytes.size() - at)) return overrun(name + " box", size, bytes.size() - at);
    at += static_cast<std::int64_t>(size);
  }
  return "";
}

std::string asf_overrun(SoundBytes& bytes) {
  Bytes head{};
  for (std::int64_t at = 0; read_at(bytes, at, 24, head);) {
    const std::uint64_t size = little_endian(&head[16], 8);
    if (size < 24) return "";  // a data object that a live stream left open
    const bool data = big_endian(head.data(), 4) == 0x3626B275;
    if (!fits(size, bytes.size() - at)) return overrun(data ? "data object" : "object", size, bytes.size() - at);
    at += static_cast<std::int64_t>(size);
  }
  return "";
}

std::string riff_overrun(SoundBytes& bytes) {
  Bytes head{};
  for (std::int64_t at = 0; read_at(bytes, at, 8, head);) {
    const std::uint64_t size = little_endian(&head[4], 4);
    if (box_name(head.data()) != "RIFF" || size == 0 || size >= 0x7FFFF000) return "";
    if (!fits(size, bytes.size() - at - 8)) return overrun("RIFF chunk", size, bytes.size() - at - 8);
    at += 8 + static_cast<std::int64_t>(size + size % 2);
  }
  return "";
}

/// A number of EBML: the first byte's leading zeros give its length. `value` is without the marker; returns the length,
/// 0 when there is none.
std::size_t ebml_number(SoundBytes& bytes, std::int64_t at, bool keep_marker, std::uint64_t& value, bool& unknown) {
  Bytes head{};
  if (!read_at(bytes, at, 1, head)) return 0;
  std::size_t length = 1;
  while (length <= 8 && (head[0] >> (8 - length) & 1U) == 0) ++length;
  if (length > 8 || !read_at(bytes, at, length, head)) return 0;
  value = big_endian(head.data(), length);
  const std::uint64_t mask = (std::uint64_t{1} << 7 * length) - 1;
  unknown = (value & mask) == mask;
  if (!keep_marker) value &= mask;
  return length;
}

std::string ebml_overrun(SoundBytes& bytes) {
  constexpr std::uint64_t kSegment = 0x18538067, kCluster = 0x1F43B675;
  std::int64_t at = 0;
  while (at < bytes.size()) {
    std::uint64_t id = 0, size = 0;
    bool unknown = false;
    const std::size_t id_bytes = ebml_number(bytes, at, true, id, unknown);
    const std::size_t size_bytes = ebml_number(bytes, at + static_cast<std::int64_t>(id_bytes), false, size, unknown);
    if (id_bytes == 0 || size_bytes == 0) return at + 12 > bytes.size() ? "its last element is incomplete" : "";
    const std::int64_t content = at + static_cast<std::int64_t>(id_bytes + size_bytes);
    const bool container = id == kSegment || id == kCluster;
    if (unknown && !container) return "";
    if (!unknown && !fits(size, bytes.size() - content)) {
      const char* name = id == kSegment ? "segment" : id == kCluster ? "cluster" : "last element";
      return overrun(name, size, bytes.size() - content);
    }
    at = container && unknown ? content : content + static_cast<std::int64_t>(size);
  }
  return "";
}

}  // namespace

std::string box_overrun(SoundBytes& bytes) {
  Bytes head{};
  if (!read_at(bytes, 0, 12, head)) return "";
  if (is_box(box_name(&head[4]))) return mp4_overrun(bytes);
  if (big_endian(head.data(), 4) == 0x1A45DFA3) return ebml_overrun(bytes);
  if (big_endian(head.data(), 4) == 0x3026B275) return asf_overrun(bytes);
  if (box_name(head.data()) == "RIFF" && box_name(&head[8]) == "AVI ") return riff_overrun(bytes);
  return "";
}

}  // namespace soundfold::containers
