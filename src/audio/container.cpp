// SPDX-License-Identifier: Apache-2.0
#include "audio/container.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace soundfold::audio {
namespace {

/// Writers that do not know the length leave 0, 0x7FFFFFFF, 0xFFFFFFFF, or one of these less a header.
bool left_by_streaming(std::int64_t size) {
  return size == 0 || (size >= 0x7FFFF000 && size <= 0x7FFFFFFF) || size >= 0xFFFFF000;
}

constexpr int kMostChunks = 4096;

template <std::size_t Count>
bool read_at(int file_descriptor, std::int64_t offset, std::array<unsigned char, Count>& bytes) {
  return ::pread(file_descriptor, bytes.data(), Count, offset) == static_cast<ssize_t>(Count);
}

std::string_view text(const unsigned char* bytes, std::size_t count) {
  return {reinterpret_cast<const char*>(bytes), count};
}

std::int64_t number(const unsigned char* bytes, bool big_endian) {
  std::int64_t value = 0;
  for (int i = 0; i < 4; ++i) value = value << 8 | bytes[big_endian ? i : 3 - i];
  return value;
}

}  // namespace

PayloadSize payload_size(int file_descriptor, std::int64_t file_bytes) {
  std::array<unsigned char, 12> head{};
  if (!read_at(file_descriptor, 0, head)) return {};
  const std::string_view form = text(head.data(), 4);
  const std::string_view kind = text(head.data() + 8, 4);
  const bool wav = form == "RIFF" && kind == "WAVE";
  const bool aiff = form == "FORM" && (kind == "AIFF" || kind == "AIFC");
  if (!wav && !aiff) return {};

  std::int64_t offset = 12;
  std::array<unsigned char, 8> chunk{};
  for (int i = 0; i < kMostChunks && read_at(file_descriptor, offset, chunk); ++i) {
    const std::int64_t size = number(chunk.data() + 4, aiff);
    offset += 8;
    if (text(chunk.data(), 4) == (wav ? "data" : "SSND")) {
      if (left_by_streaming(size)) return {};
      const std::int64_t before_samples = aiff ? 8 : 0;  // AIFF's offset and block size
      return {size - before_samples, std::min(size, file_bytes - offset) - before_samples};
    }
    offset += size + size % 2;  // chunks start at even offsets
  }
  return {};
}

}  // namespace soundfold::audio
