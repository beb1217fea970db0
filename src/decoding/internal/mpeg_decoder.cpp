// SPDX-License-Identifier: Apache-2.0
#include "decoding/internal/mpeg_decoder.h"

#include "support/errors.h"

#include <mpg123.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

namespace soundfold::decoding {
namespace {

constexpr int kMostTags = 16;

std::string text_at(containers::SoundBytes& bytes, std::int64_t at, std::size_t count) {
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
std::int64_t id3v2_bytes(containers::SoundBytes& bytes, std::int64_t at) {
  const std::string head = text_at(bytes, at, 10);
  if (head.size() < 10 || head.compare(0, 3, "ID3") != 0 || byte_of(head, 3) == 0xFF) return 0;
  std::int64_t size = 0;
  for (std::size_t i = 6; i < 10; ++i) size = size << 7 | static_cast<std::int64_t>(byte_of(head, i) & 0x7FU);
  return 10 + size + ((byte_of(head, 5) & 0x10U) != 0 ? 10 : 0);
}

/// Bytes of the tag that ends at `end`, 0 when there is none.
std::int64_t trailing_tag_bytes(containers::SoundBytes& bytes, std::int64_t end) {
  if (text_at(bytes, end - 128, 3) == "TAG") return 128;
  // APEv2: a footer of 32 bytes whose 32-bit size counts it and the items; flag 31 says that there is a header as well.
  const std::string footer = text_at(bytes, end - 32, 32);
  if (footer.compare(0, 8, "APETAGEX") == 0) {
    std::int64_t size = 0;
    for (std::size_t i = 16; i-- > 12;) size = size << 8 | static_cast<std::int64_t>(byte_of(footer, i));
    return std::max<std::int64_t>(32, size) + ((byte_of(footer, 23) & 0x80U) != 0 ? 32 : 0);
  }
  // Lyrics3 v2.00: six digits that count all before them, then the end mark.
  const std::string lyrics = text_at(bytes, end - 15, 15);
  if (lyrics.size() == 15 && lyrics.compare(6, 9, "LYRICS200") == 0 &&
      std::all_of(lyrics.begin(), lyrics.begin() + 6, [](char c) { return c >= '0' && c <= '9'; })) {
    return 15 + std::stoll(lyrics.substr(0, 6));
  }
  return 0;
}

/// What a frame header says (ISO 11172-3, 2.4.1.3 and 2.4.2.3; ISO 13818-3 for the lower rates).
struct FrameHeader {
  int layer = 0;  ///< 0: no header, or one of reserved values
  int rate_hz = 0;
  std::int64_t bytes = 0;  ///< 0: of a free bit rate
};

FrameHeader parse_header(const std::string& head) {
  if (head.size() < 4 || byte_of(head, 0) != 0xFF || (byte_of(head, 1) & 0xE0U) != 0xE0) return {};
  const unsigned version = byte_of(head, 1) >> 3U & 3U, layer_bits = byte_of(head, 1) >> 1U & 3U;
  const unsigned bit_rate = byte_of(head, 2) >> 4U, rate = byte_of(head, 2) >> 2U & 3U;
  if (version == 1 || layer_bits == 0 || bit_rate == 15 || rate == 3) return {};
  constexpr std::array<int, 3> kRates = {44'100, 48'000, 32'000};
  // Kilobits per second of MPEG-1's layers I, II, III, then of the lower rates' layer I and layers II and III.
  constexpr int kKilobits[5][15] = {{0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448},
                                    {0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384},
                                    {0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320},
                                    {0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256},
                                    {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160}};
  FrameHeader header;
  header.layer = 4 - static_cast<int>(layer_bits);
  const bool lower = version != 3;
  header.rate_hz = kRates[rate] >> (version == 3 ? 0 : version == 2 ? 1 : 2);
  const int row = lower ? (header.layer == 1 ? 3 : 4) : header.layer - 1;
  const std::int64_t bits_per_second = std::int64_t{1000} * kKilobits[row][bit_rate];
  const std::int64_t padding = byte_of(head, 2) >> 1U & 1U;
  if (bits_per_second == 0) return header;
  header.bytes = header.layer == 1            ? (12 * bits_per_second / header.rate_hz + padding) * 4
                 : lower && header.layer == 3 ? 72 * bits_per_second / header.rate_hz + padding
                                              : 144 * bits_per_second / header.rate_hz + padding;
  return header;
}

/// Whether four frames of one layer and rate follow each other from `at` on.
bool is_run(containers::SoundBytes& bytes, std::int64_t at) {
  constexpr int kFrames = 4;
  FrameHeader first;
  for (int i = 0; i < kFrames; ++i) {
    const FrameHeader header = parse_header(text_at(bytes, at, 4));
    if (header.bytes == 0) return false;
    if (i == 0) first = header;
    if (header.layer != first.layer || header.rate_hz != first.rate_hz) return false;
    at += header.bytes;
  }
  return true;
}

/// Where the sound ends that begins at `begin`: before the tags at the end of the file.
std::int64_t end_of_sound(containers::SoundBytes& bytes, std::int64_t begin) {
  std::int64_t end = bytes.size();
  for (int i = 0; i < kMostTags; ++i) {
    const std::int64_t tag = trailing_tag_bytes(bytes, end);
    if (tag == 0 || end - tag <= begin) break;
    end -= tag;
  }
  return end;
}

}  // namespace

MpegPlace find_mpeg(containers::SoundBytes& bytes) {
  MpegPlace place;
  for (int i = 0; i < kMostTags; ++i) {
    const std::int64_t tag = id3v2_bytes(bytes, place.begin);
    if (tag == 0) break;
    place.begin += tag;
  }
  place.layer = parse_header(text_at(bytes, place.begin, 4)).layer;
  if (place.layer == 0) return {};
  place.end = end_of_sound(bytes, place.begin);
  return place;
}

MpegPlace find_mpeg_further_on(containers::SoundBytes& bytes) {
  constexpr std::size_t kSearched = 65'536;
  std::int64_t begin = 0;
  if (const std::int64_t tag = id3v2_bytes(bytes, 0); tag > 0) begin = tag;
  const std::string start = text_at(bytes, begin, kSearched);
  for (std::size_t at = start.find('\xFF'); at != std::string::npos; at = start.find('\xFF', at + 1)) {
    const std::int64_t place = begin + static_cast<std::int64_t>(at);
    if (!is_run(bytes, place)) continue;
    return {parse_header(text_at(bytes, place, 4)).layer, place, end_of_sound(bytes, place)};
  }
  return {};
}

bool has_length_header(containers::SoundBytes& bytes) {
  const std::string frame = text_at(bytes, 0, 64);
  return frame.find("Xing") != std::string::npos || frame.find("Info") != std::string::npos ||
         frame.find("VBRI") != std::string::npos;
}
namespace {

void set_parameters(mpg123_handle* handle) {
  // Before all else: even mpg123_new's defaults may be logged.
  mpg123_param(handle, MPG123_ADD_FLAGS, MPG123_QUIET | MPG123_FORCE_FLOAT | MPG123_GAPLESS, 0);
  mpg123_param(handle, MPG123_REMOVE_FLAGS, MPG123_AUTO_RESAMPLE, 0);
  mpg123_param(handle, MPG123_VERBOSE, 0, 0);
  mpg123_format_none(handle);
  const long* rates = nullptr;
  std::size_t count = 0;
  mpg123_rates(&rates, &count);
  for (std::size_t i = 0; i < count; ++i) {
    mpg123_format(handle, rates[i], MPG123_MONO | MPG123_STEREO, MPG123_ENC_FLOAT_32);
  }
}

}  // namespace

std::string mpeg_name(int layer) {
  return "MPEG audio, layer " + std::string(static_cast<std::size_t>(layer), 'I');
}

void MpegDecoder::Delete::operator()(mpg123_handle_struct* handle) const {
  mpg123_close(handle);
  mpg123_delete(handle);
}

MpegDecoder::MpegDecoder(containers::SoundBytes& bytes, std::string name, std::string format)
    : bytes_(bytes), name_(std::move(name)) {
  mpg123_init();  // needed before 1.27; allowed at any time and from any thread since
  int error = MPG123_OK;
  handle_.reset(mpg123_new(nullptr, &error));
  if (!handle_) throw DataError(name_ + ": cannot start the MPEG decoder: " + mpg123_plain_strerror(error));
  mpg123_handle* handle = handle_.get();
  set_parameters(handle);
  mpg123_replace_reader_handle(
      handle,
      [](void* file, void* to, std::size_t count) -> ssize_t {
        return static_cast<containers::SoundBytes*>(file)->read(to, static_cast<std::int64_t>(count));
      },
      [](void* file, off_t offset, int origin) -> off_t {
        return static_cast<containers::SoundBytes*>(file)->seek(offset, origin);
      },
      nullptr);
  const bool has_length = has_length_header(bytes_);
  bytes_.seek(0, SEEK_SET);
  const bool opened = mpg123_open_handle(handle, &bytes_) == MPG123_OK && take_format();
  bytes_.throw_problem(name_);
  if (!opened) throw DataError(name_ + ": cannot be read as MPEG audio (" + mpg123_strerror(handle) + ")");
  const off_t length = mpg123_length(handle);
  if (has_length) promised_frames_ = length;
  info_ = {block_.sample_rate_hz, block_.channels, std::max<off_t>(0, length), std::move(format)};
}

/// The format of what comes next.
bool MpegDecoder::take_format() {
  long rate_hz = 0;
  int channels = 0, encoding = 0;
  if (mpg123_getformat(handle_.get(), &rate_hz, &channels, &encoding) != MPG123_OK) return false;
  block_.sample_rate_hz = static_cast<int>(rate_hz);
  block_.channels = channels;
  return encoding == MPG123_ENC_FLOAT_32;
}

Block MpegDecoder::read() {
  while (true) {
    const auto channels = static_cast<std::size_t>(block_.channels);
    values_.resize(kBlockValues / channels * channels);
    std::size_t bytes = 0;
    const int result = mpg123_read(handle_.get(), reinterpret_cast<unsigned char*>(values_.data()),
                                   values_.size() * sizeof(float), &bytes);
    bytes_.throw_problem(name_);
    // What came along with a change of format is still of the old one.
    const Block block = {values_.data(), bytes / (channels * sizeof(float)), block_.channels, block_.sample_rate_hz};
    const bool change = result == MPG123_NEW_FORMAT;
    frames_read_ += static_cast<std::int64_t>(block.frames);
    // Whatever lies behind all that the header promises is no damage of the sound.
    if (result == MPG123_ERR && promised_frames_ > 0 && frames_read_ >= promised_frames_) return block;
    if (!change && result != MPG123_OK && result != MPG123_DONE) {
      throw DataError(name_ + ": decoding failed: " + mpg123_strerror(handle_.get()));
    }
    if (change && !take_format()) {
      throw DataError(name_ + ": its format changes to one that cannot be decoded; convert it to WAV or FLAC");
    }
    if (!change || block.frames > 0) return block;
  }
}

}  // namespace soundfold::decoding
