// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sndfile.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace soundfold::containers {

/// The bytes of a sound file, on disk or in memory, or a part of them, as the decoders read them. These take a read
/// that failed for the end of the file, and libsndfile, given a descriptor, closes it when it does not know the format.
class SoundBytes {
 public:
  /// Throws DataError when `path` is missing or not a regular file; does not wait should it be a FIFO.
  explicit SoundBytes(const std::filesystem::path& path);
  /// The bytes of a file that are in memory. They are not copied, and must live longer.
  static SoundBytes of_memory(std::string_view bytes) { return SoundBytes(bytes, InMemory()); }
  ~SoundBytes();
  SoundBytes(const SoundBytes&) = delete;
  SoundBytes& operator=(const SoundBytes&) = delete;

  /// The format is detected from the content alone, whatever the file is called. nullptr: not a sound, as
  /// sf_strerror(nullptr) says, or problem(). The handle must be closed first.
  SNDFILE* open(SF_INFO& header);

  /// Gives the file's own bytes from `at` on, whatever part is read, fewer than `count` at its end and where a read
  /// fails (then with errno, otherwise with 0), and how many. Several threads may call it.
  std::int64_t read_at(std::int64_t at, void* bytes, std::int64_t count) const;
  /// Of the whole file.
  std::int64_t file_size() const { return file_size_; }
  /// Of the part that is read: the whole file unless restrict_to() says otherwise.
  std::int64_t size() const { return end_ - begin_; }
  /// From now on only the file's bytes from `begin` to before `end` are there; the position is at their beginning.
  void restrict_to(std::int64_t begin, std::int64_t end);
  /// From now on `bytes` are read in place of those at `offset` of the file.
  void replace(std::int64_t offset, std::string bytes);
  /// "cannot be read at byte 4096: Input/output error", or "" when all reads went well.
  const std::string& problem() const { return problem_; }
  /// Throws it as a DataError with `name` in front.
  void throw_problem(const std::string& name) const;

  /// Gives the next bytes, fewer than `count` at the end of the file and where a read fails, and how many.
  std::int64_t read(void* bytes, std::int64_t count);
  /// As lseek: the new position, or -1.
  std::int64_t seek(std::int64_t offset, int origin);

 private:
  struct InMemory {};
  SoundBytes(std::string_view bytes, InMemory);
  void put_replacement(char* bytes, std::int64_t count) const;

  int descriptor_ = -1;  ///< below 0: memory_ has the bytes
  std::string_view memory_;
  std::int64_t file_size_ = 0;
  std::int64_t begin_ = 0, end_ = 0;
  std::int64_t position_ = 0;  ///< from begin_
  std::int64_t replaced_at_ = 0;
  std::string replacement_;
  std::string problem_;
};

/// The whole number in `count` bytes (at most 8), the most significant first or the least significant first.
std::uint64_t big_endian(const unsigned char* bytes, std::size_t count);
std::uint64_t little_endian(const unsigned char* bytes, std::size_t count);

/// 16-bit mono samples as the bytes of a WAV file. Throws DataError when libsndfile cannot.
std::string wav_bytes(const short* samples, std::int64_t count, int sample_rate_hz);

}  // namespace soundfold::containers
