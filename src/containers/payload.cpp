// SPDX-License-Identifier: Apache-2.0
#include "containers/payload.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace soundfold::containers {
namespace {

constexpr int kMostChunks = 4096;
constexpr std::int64_t kOverflow = 0xFFFF0000;  // 4 GiB less what other chunks there may be

/// How the chunks of a container are laid out.
struct Layout {
  const char* container;
  std::int64_t first;      ///< where the first chunk begins
  std::size_t name_bytes;  ///< 4, or a GUID, identified by its first 4
  std::size_t size_bytes;  ///< of the size that follows the name
  bool big_endian;
  bool size_counts_header;
  std::int64_t alignment;           ///< of chunks
  const char* data;                 ///< name of the chunk with the sound
  std::int64_t before_samples = 0;  ///< bytes of that chunk before the sound
};

constexpr Layout kRiff = {"RIFF", 12, 4, 4, false, false, 2, "data"};
constexpr Layout kRf64 = {"RF64", 12, 4, 4, false, false, 2, "data"};
constexpr Layout kW64 = {"W64", 40, 16, 8, false, true, 8, "data"};
constexpr Layout kAiff = {"AIFF", 12, 4, 4, true, false, 2, "SSND", 8};  // its offset and block size
constexpr Layout k8svx = {"8SVX", 12, 4, 4, true, false, 2, "BODY"};

using Bytes = std::array<unsigned char, 24>;

class File {
 public:
  explicit File(const SoundBytes& bytes) : bytes_(bytes) {}

  bool read(std::int64_t at, std::size_t count, Bytes& to) const {
    return bytes_.read_at(at, to.data(), static_cast<std::int64_t>(count)) == static_cast<std::int64_t>(count);
  }
  std::int64_t size() const { return bytes_.file_size(); }

 private:
  const SoundBytes& bytes_;
};

std::string_view text(const unsigned char* bytes, std::size_t count) {
  return {reinterpret_cast<const char*>(bytes), count};
}

/// A size of `count` bytes; larger ones than a file can have become the largest.
std::int64_t number(const unsigned char* bytes, std::size_t count, bool most_significant_first) {
  const std::uint64_t value = most_significant_first ? big_endian(bytes, count) : little_endian(bytes, count);
  return static_cast<std::int64_t>(std::min(value, std::uint64_t{INT64_MAX}));
}

std::string as_bytes(std::int64_t value, std::size_t count, bool big_endian) {
  std::string bytes(count, '\0');
  for (std::size_t i = 0; i < count; ++i) {
    bytes[big_endian ? count - 1 - i : i] = static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i) & 0xFFU);
  }
  return bytes;
}

/// Writers that do not know the length leave 0x7FFFFFFF, 0xFFFFFFFF, or one of these less a header; or the same in 64
/// bits.
bool left_by_streaming(std::int64_t size, std::size_t size_bytes) {
  if (size_bytes == 8) return size >= INT64_MAX - 0xFFFF;
  return (size >= 0x7FFFF000 && size <= 0x7FFFFFFF) || size >= 0xFFFFF000;
}

struct Chunk {
  std::string name;
  std::int64_t content = 0, size = 0, next = 0;
};

bool read_chunk(const File& file, const Layout& layout, std::int64_t at, Chunk& chunk) {
  Bytes bytes{};
  const std::size_t header = layout.name_bytes + layout.size_bytes;
  if (!file.read(at, header, bytes)) return false;
  chunk.name = text(bytes.data(), 4);
  chunk.content = at + static_cast<std::int64_t>(header);
  chunk.size = number(&bytes[layout.name_bytes], layout.size_bytes, layout.big_endian);
  if (layout.size_counts_header) {
    chunk.size = chunk.size < static_cast<std::int64_t>(header) ? 0 : chunk.size - static_cast<std::int64_t>(header);
  }
  const std::int64_t padding = (layout.alignment - chunk.size % layout.alignment) % layout.alignment;
  if (__builtin_add_overflow(chunk.content, chunk.size + std::min(padding, INT64_MAX - chunk.size), &chunk.next)) {
    chunk.next = INT64_MAX;
  }
  return true;
}

/// Whether what begins at `at` are chunks up to the end of the file, as they follow sound data of no bytes.
bool chunks_to_the_end(const File& file, const Layout& layout, std::int64_t at) {
  Chunk chunk;
  for (int i = 0; i < kMostChunks && read_chunk(file, layout, at, chunk); ++i) {
    const auto printable = [](char letter) { return letter >= 0x20 && letter < 0x7F; };
    if (!std::all_of(chunk.name.begin(), chunk.name.end(), printable)) return false;
    at = chunk.next;
    if (at >= file.size() && at < file.size() + layout.alignment) return true;  // the last one may lack its padding
  }
  return false;
}

/// Fills in the sizes of sound that begins at payload.begin. `field` is the place of the header's size of
/// `field_bytes`.
void fill_sizes(Payload& payload, const File& file, const Layout& layout, std::int64_t size, std::int64_t field,
                std::size_t field_bytes) {
  const std::int64_t chunk_content = payload.begin;
  payload.begin += layout.before_samples;
  payload.present_bytes = std::max<std::int64_t>(0, file.size() - payload.begin);
  if (size > 0 && !left_by_streaming(size, field_bytes)) {
    payload.promised_bytes = std::max<std::int64_t>(0, size - layout.before_samples);
    payload.size_overflowed = field_bytes == 4 && payload.present_bytes - payload.promised_bytes >= kOverflow;
    payload.present_bytes = std::min(payload.promised_bytes, payload.present_bytes);
  } else if (size == 0 && payload.present_bytes > 0 && !chunks_to_the_end(file, layout, chunk_content)) {
    payload.size_field = field;
    std::int64_t whole = payload.present_bytes + layout.before_samples;
    if (layout.size_counts_header) whole += static_cast<std::int64_t>(layout.name_bytes + layout.size_bytes);
    if (field_bytes == 4) whole = std::min<std::int64_t>(whole, 0xFFFFEFFE);
    payload.size_bytes = as_bytes(whole, field_bytes, layout.big_endian);
  }
}

Payload walk(const File& file, const Layout& layout) {
  Payload payload;
  payload.container = layout.container;
  std::int64_t at = layout.first;
  std::int64_t long_size_field = 0;  // of RF64, in its ds64 chunk, where the data chunk itself says 0xFFFFFFFF
  Chunk chunk;
  Bytes bytes{};
  for (int i = 0; i < kMostChunks && read_chunk(file, layout, at, chunk); ++i) {
    if (chunk.name == "fmt " && file.read(chunk.content, 2, bytes)) payload.wav_coding = bytes[0] | bytes[1] << 8;
    if (chunk.name == "ds64" && file.read(chunk.content + 8, 8, bytes)) long_size_field = chunk.content + 8;
    if (chunk.name == layout.data) {
      payload.begin = chunk.content;
      if (long_size_field != 0 && chunk.size == 0xFFFFFFFF && file.read(long_size_field, 8, bytes)) {
        fill_sizes(payload, file, layout, number(bytes.data(), 8, false), long_size_field, 8);
      } else {
        const auto field = chunk.content - static_cast<std::int64_t>(layout.size_bytes);
        fill_sizes(payload, file, layout, chunk.size, field, layout.size_bytes);
      }
      return payload;
    }
    at = chunk.next;
  }
  return {};
}

/// An AU file's header: where the sound begins, and its size.
Payload au_payload(const File& file, bool big_endian) {
  Bytes bytes{};
  if (!file.read(0, 12, bytes)) return {};
  Payload payload;
  payload.container = "AU";
  payload.begin = number(&bytes[4], 4, big_endian);
  const std::int64_t size = number(&bytes[8], 4, big_endian);
  payload.present_bytes = std::max<std::int64_t>(0, file.size() - payload.begin);
  if (size > 0 && !left_by_streaming(size, 4)) {
    payload.promised_bytes = size;
    payload.size_overflowed = payload.present_bytes - size >= kOverflow;
    payload.present_bytes = std::min(size, payload.present_bytes);
  } else if (size == 0 && payload.present_bytes > 0) {
    payload.size_field = 8;
    payload.size_bytes = std::string(4, '\xFF');  // unknown, as the format has it
  }
  return payload;
}

}  // namespace

Payload find_payload(const SoundBytes& bytes) {
  const File file(bytes);
  Bytes head{};
  if (!file.read(0, 12, head)) return {};
  const std::string_view form = text(head.data(), 4);
  const std::string_view kind = text(&head[8], 4);
  if (form == "RIFF" && kind == "WAVE") return walk(file, kRiff);
  if ((form == "RF64" || form == "BW64") && kind == "WAVE") return walk(file, kRf64);
  if (form == "riff") return walk(file, kW64);
  if (form == "FORM" && (kind == "AIFF" || kind == "AIFC")) return walk(file, kAiff);
  if (form == "FORM" && (kind == "8SVX" || kind == "16SV")) return walk(file, k8svx);
  if (form == ".snd" || form == "dns.") return au_payload(file, form == ".snd");
  return {};
}

}  // namespace soundfold::containers
