// SPDX-License-Identifier: Apache-2.0
#include "decoding/internal/mpeg_decoder.h"

#include "decoding/internal/mpeg_sync.h"
#include "support/errors.h"

#include <mpg123.h>

#include <algorithm>
#include <initializer_list>
#include <utility>

namespace soundfold::decoding {
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

MpegDecoder::MpegDecoder(SoundBytes& bytes, std::string name, std::string format)
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
        return static_cast<SoundBytes*>(file)->read(to, static_cast<std::int64_t>(count));
      },
      [](void* file, off_t offset, int origin) -> off_t {
        return static_cast<SoundBytes*>(file)->seek(offset, origin);
      },
      nullptr);
  const bool has_length = has_length_header(bytes_);
  bytes_.seek(0, SEEK_SET);
  const bool opened = mpg123_open_handle(handle, &bytes_) == MPG123_OK && take_format();
  throw_disk_problem();
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

void MpegDecoder::throw_disk_problem() const {
  if (!bytes_.problem().empty()) throw DataError(name_ + ": " + bytes_.problem());
}

Block MpegDecoder::read() {
  while (true) {
    const auto channels = static_cast<std::size_t>(block_.channels);
    values_.resize(kBlockValues / channels * channels);
    std::size_t bytes = 0;
    const int result = mpg123_read(handle_.get(), reinterpret_cast<unsigned char*>(values_.data()),
                                   values_.size() * sizeof(float), &bytes);
    throw_disk_problem();
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
