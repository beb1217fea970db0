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

/// Whether what begins at `offset` are chunks up to the end of the file, as they follow sound data of no bytes.
bool chunks_to_the_end(int file_descriptor, std::int64_t offset, std::int64_t file_bytes, bool big_endian) {
  std::array<unsigned char, 8> chunk{};
  for (int i = 0; i < kMostChunks && read_at(file_descriptor, offset, chunk); ++i) {
    const auto printable = [](unsigned char letter) { return letter >= 0x20 && letter < 0x7F; };
    if (!std::all_of(chunk.begin(), chunk.begin() + 4, printable)) return false;
    const std::int64_t size = number(chunk.data() + 4, big_endian);
    offset += 8 + size + size % 2;
    if (offset == file_bytes || offset == file_bytes + 1) return true;  // the last one may lack its padding
  }
  return false;
}

void fill_sizes(Payload& payload, int file_descriptor, std::int64_t size, std::int64_t file_bytes) {
  const std::int64_t before_samples = payload.aiff ? 8 : 0;  // AIFF's offset and block size
  const std::int64_t begin = payload.begin;
  payload.begin += before_samples;
  payload.present_bytes = std::max<std::int64_t>(0, file_bytes - payload.begin);
  if (size == 0) {
    payload.size_left_at_zero =
        payload.present_bytes > 0 && !chunks_to_the_end(file_descriptor, begin, file_bytes, payload.aiff);
  } else if (!left_by_streaming(size)) {
    payload.promised_bytes = size - before_samples;
    payload.present_bytes = std::min(payload.promised_bytes, payload.present_bytes);
  }
}

}  // namespace

Payload find_payload(const SoundBytes& bytes) {
  const int file_descriptor = bytes.descriptor();
  std::array<unsigned char, 12> head{};
  if (!read_at(file_descriptor, 0, head)) return {};
  const std::string_view form = text(head.data(), 4);
  const std::string_view kind = text(head.data() + 8, 4);
  Payload payload;
  payload.wav = form == "RIFF" && kind == "WAVE";
  payload.aiff = form == "FORM" && (kind == "AIFF" || kind == "AIFC");
  if (!payload.wav && !payload.aiff) return {};

  std::int64_t offset = 12;
  std::array<unsigned char, 8> chunk{};
  for (int i = 0; i < kMostChunks && read_at(file_descriptor, offset, chunk); ++i) {
    const std::string_view name = text(chunk.data(), 4);
    const std::int64_t size = number(chunk.data() + 4, payload.aiff);
    offset += 8;
    std::array<unsigned char, 2> coding{};
    if (payload.wav && name == "fmt " && read_at(file_descriptor, offset, coding)) {
      payload.wav_coding = coding[0] | coding[1] << 8;
    }
    if (name == (payload.wav ? "data" : "SSND")) {
      payload.begin = offset;
      payload.size_field = offset - 4;
      fill_sizes(payload, file_descriptor, size, bytes.file_size());
      return payload;
    }
    offset += size + size % 2;  // chunks start at even offsets
  }
  return {};
}

}  // namespace soundfold::audio
