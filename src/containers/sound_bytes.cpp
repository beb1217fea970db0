// SPDX-License-Identifier: Apache-2.0
#include "containers/sound_bytes.h"

#include "support/errors.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace soundfold::containers {
namespace {

/// Moves `position` as lseek would. Returns where it then is, or -1 when nothing can be there.
std::int64_t seek_in(std::int64_t size, std::int64_t& position, std::int64_t offset, int origin) {
  const std::int64_t from = origin == SEEK_SET ? 0 : origin == SEEK_CUR ? position : size;
  std::int64_t target = 0;
  if (__builtin_add_overflow(from, offset, &target) || target < 0) return -1;
  return position = target;
}

/// A file in memory for libsndfile to write.
struct Memory {
  std::string bytes;
  std::int64_t position = 0;

  std::int64_t read(void* to, std::int64_t count) {
    const auto given = std::clamp<std::int64_t>(static_cast<std::int64_t>(bytes.size()) - position, 0, count);
    std::memcpy(to, bytes.data() + position, static_cast<std::size_t>(given));
    position += given;
    return given;
  }

  std::int64_t write(const void* from, std::int64_t count) {
    const auto end = static_cast<std::size_t>(position + count);
    if (bytes.size() < end) bytes.resize(end);
    std::memcpy(bytes.data() + position, from, static_cast<std::size_t>(count));
    position += count;
    return count;
  }
};

}  // namespace

SoundBytes::SoundBytes(const std::filesystem::path& path) {
  descriptor_ = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (descriptor_ < 0) {
    throw DataError(path.string() + ": " + (errno == ENOENT ? "no such file" : std::strerror(errno)));
  }
  struct stat status = {};
  if (::fstat(descriptor_, &status) != 0 || !S_ISREG(status.st_mode)) {
    ::close(descriptor_);
    throw DataError(path.string() + ": not a regular file (a folder, pipe or device cannot be decoded)");
  }
  file_size_ = end_ = status.st_size;
}

SoundBytes::SoundBytes(std::string_view bytes, InMemory) : memory_(bytes) {
  file_size_ = end_ = static_cast<std::int64_t>(bytes.size());
}

SoundBytes::~SoundBytes() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::int64_t SoundBytes::read_at(std::int64_t at, void* bytes, std::int64_t count) const {
  errno = 0;
  std::int64_t given = 0;
  if (descriptor_ < 0) {
    given = std::clamp<std::int64_t>(file_size_ - at, 0, count);
    if (given > 0) std::memcpy(bytes, memory_.data() + at, static_cast<std::size_t>(given));
    return given;
  }
  while (given < count) {
    const ssize_t got =
        ::pread(descriptor_, static_cast<char*>(bytes) + given, static_cast<std::size_t>(count - given), at + given);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    errno = 0;
    given += got;
  }
  return given;
}

void SoundBytes::restrict_to(std::int64_t begin, std::int64_t end) {
  begin_ = std::clamp<std::int64_t>(begin, 0, file_size_);
  end_ = std::clamp(end, begin_, file_size_);
  position_ = 0;
}

void SoundBytes::replace(std::int64_t offset, std::string bytes) {
  replaced_at_ = offset;
  replacement_ = std::move(bytes);
}

void SoundBytes::throw_problem(const std::string& name) const {
  if (!problem_.empty()) throw DataError(name + ": " + problem_);
}

std::int64_t SoundBytes::read(void* bytes, std::int64_t count) {
  const std::int64_t start = begin_ + position_;
  const std::int64_t wanted = std::clamp<std::int64_t>(size() - position_, 0, std::max<std::int64_t>(count, 0));
  const std::int64_t given = read_at(start, bytes, wanted);
  if (given < wanted && errno != 0) {
    problem_ = "cannot be read at byte " + std::to_string(start + given) + ": " + std::strerror(errno);
  }
  put_replacement(static_cast<char*>(bytes), given);
  position_ += given;
  return given;
}

/// `bytes` hold the `count` bytes of the file from the position on.
void SoundBytes::put_replacement(char* bytes, std::int64_t count) const {
  const std::int64_t start = begin_ + position_;
  const std::int64_t first = std::max(start, replaced_at_);
  const std::int64_t last = std::min(start + count, replaced_at_ + static_cast<std::int64_t>(replacement_.size()));
  if (first >= last) return;
  std::memcpy(bytes + (first - start), replacement_.data() + (first - replaced_at_),
              static_cast<std::size_t>(last - first));
}

std::int64_t SoundBytes::seek(std::int64_t offset, int origin) {
  return seek_in(size(), position_, offset, origin);
}

SNDFILE* SoundBytes::open(SF_INFO& header) {
  SF_VIRTUAL_IO calls = {};
  calls.get_filelen = [](void* self) -> sf_count_t { return static_cast<SoundBytes*>(self)->size(); };
  calls.seek = [](sf_count_t offset, int origin, void* self) -> sf_count_t {
    return static_cast<SoundBytes*>(self)->seek(offset, origin);
  };
  calls.read = [](void* bytes, sf_count_t count, void* self) -> sf_count_t {
    return static_cast<SoundBytes*>(self)->read(bytes, count);
  };
  calls.write = [](const void*, sf_count_t, void*) -> sf_count_t { return 0; };
  calls.tell = [](void* self) -> sf_count_t { return static_cast<SoundBytes*>(self)->position_; };
  return sf_open_virtual(&calls, SFM_READ, &header, this);
}

std::uint64_t big_endian(const unsigned char* bytes, std::size_t count) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < count; ++i) value = value << 8U | bytes[i];
  return value;
}

std::uint64_t little_endian(const unsigned char* bytes, std::size_t count) {
  std::uint64_t value = 0;
  for (std::size_t i = count; i-- > 0;) value = value << 8U | bytes[i];
  return value;
}

std::string wav_bytes(const short* samples, std::int64_t count, int sample_rate_hz) {
  SF_VIRTUAL_IO calls = {};
  calls.get_filelen = [](void* memory) -> sf_count_t {
    return static_cast<sf_count_t>(static_cast<Memory*>(memory)->bytes.size());
  };
  calls.seek = [](sf_count_t offset, int origin, void* memory) -> sf_count_t {
    auto& file = *static_cast<Memory*>(memory);
    return seek_in(static_cast<std::int64_t>(file.bytes.size()), file.position, offset, origin);
  };
  calls.read = [](void* bytes, sf_count_t size, void* memory) -> sf_count_t {
    return static_cast<Memory*>(memory)->read(bytes, size);
  };
  calls.write = [](const void* bytes, sf_count_t size, void* memory) -> sf_count_t {
    return static_cast<Memory*>(memory)->write(bytes, size);
  };
  calls.tell = [](void* memory) -> sf_count_t { return static_cast<Memory*>(memory)->position; };
  SF_INFO header = {};
  header.samplerate = sample_rate_hz;
  header.channels = 1;
  header.format = SF_FORMAT_WAV | SF_FORMAT_PCM_16;
  Memory memory;
  SNDFILE* file = sf_open_virtual(&calls, SFM_WRITE, &header, &memory);
  if (file == nullptr) throw DataError(std::string("cannot make a WAV file: ") + sf_strerror(nullptr));
  const bool written = sf_write_short(file, samples, count) == count;
  const std::string reason = sf_strerror(file);
  if (sf_close(file) != 0 || !written) throw DataError("cannot make a WAV file: " + reason);
  return std::move(memory.bytes);
}

}  // namespace soundfold::containers
