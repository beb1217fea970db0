// SPDX-License-Identifier: Apache-2.0
#include "audio/mpeg_stream.h"

#include "support/errors.h"

#include <mpg123.h>

namespace soundfold::audio {

void MpegStream::Delete::operator()(mpg123_handle_struct* handle) const {
  mpg123_close(handle);
  mpg123_delete(handle);
}

MpegStream::MpegStream(SoundBytes& bytes, std::string name) : bytes_(bytes), name_(std::move(name)) {
  mpg123_init();  // needed before 1.27; allowed at any time and from any thread since
  int error = MPG123_OK;
  handle_.reset(mpg123_new(nullptr, &error));
  if (!handle_) throw DataError(name_ + ": cannot start the MPEG decoder: " + mpg123_plain_strerror(error));
  mpg123_handle* handle = handle_.get();
  // As libsndfile sets it: floats at the file's own rate, and the first stream of a file only.
  mpg123_param(handle, MPG123_REMOVE_FLAGS, MPG123_AUTO_RESAMPLE, 0);
  mpg123_param(handle, MPG123_ADD_FLAGS, MPG123_QUIET | MPG123_FORCE_FLOAT | MPG123_GAPLESS | MPG123_NO_FRANKENSTEIN,
               0);
  mpg123_replace_reader_handle(
      handle,
      [](void* file, void* to, std::size_t count) -> ssize_t {
        return static_cast<SoundBytes*>(file)->read(to, static_cast<std::int64_t>(count));
      },
      [](void* file, off_t offset, int origin) -> off_t {
        return static_cast<SoundBytes*>(file)->seek(offset, origin);
      },
      nullptr);
  long rate_hz = 0;
  int channels = 0, encoding = 0;
  bytes_.seek(0, SEEK_SET);
  const bool opened = mpg123_open_handle(handle, &bytes_) == MPG123_OK &&
                      mpg123_getformat(handle, &rate_hz, &channels, &encoding) == MPG123_OK;
  throw_disk_problem();
  if (!opened) throw DataError(name_ + ": cannot be read as MPEG audio (" + mpg123_strerror(handle) + ")");
  mpg123_format_none(handle);
  mpg123_format(handle, rate_hz, channels, MPG123_ENC_FLOAT_32);
}

void MpegStream::throw_disk_problem() const {
  if (!bytes_.problem().empty()) throw DataError(name_ + ": " + bytes_.problem());
}

std::size_t MpegStream::read(float* values, std::size_t frames, std::size_t channels) {
  std::size_t bytes = 0;
  const std::size_t wanted = frames * channels * sizeof(float);
  const int result = mpg123_read(handle_.get(), reinterpret_cast<unsigned char*>(values), wanted, &bytes);
  throw_disk_problem();
  if (result == MPG123_NEW_FORMAT) {
    throw DataError(name_ + ": its sample rate or number of channels changes on the way; convert it to WAV or FLAC");
  }
  if (result != MPG123_OK && result != MPG123_DONE) {
    throw DataError(name_ + ": decoding failed: " + mpg123_strerror(handle_.get()));
  }
  return bytes / (channels * sizeof(float));
}

}  // namespace soundfold::audio
