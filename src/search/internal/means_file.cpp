// SPDX-License-Identifier: Apache-2.0
#include "search/internal/means_file.h"

#include "support/hashing.h"
#include "support/logging.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <utility>

namespace soundfold::search {
namespace {

constexpr std::uint32_t kMeansVersion = 1;

struct FileHeader {
  char magic[8];
  std::uint32_t version;
  std::uint32_t size;  ///< E
  char recipe_digest[32];
  std::uint64_t reserved;
  std::uint64_t checksum;  ///< of the bytes before it
};
static_assert(sizeof(FileHeader) == 64, "the header has no padding");

struct BlockHeader {
  std::uint32_t clips;
  std::uint32_t reserved;
  std::uint64_t clips_checksum, values_checksum;
};
static_assert(sizeof(BlockHeader) == 24, "the header has no padding");

template <typename Value>
std::uint64_t checksum_of(const std::vector<Value>& values) {
  return checksum64(values.data(), values.size() * sizeof(Value));
}

BlockHeader header_of(const MeansBlock& block) {
  return {static_cast<std::uint32_t>(block.clips.size()), 0, checksum_of(block.clips), checksum_of(block.values)};
}

std::string file_header(const std::string& recipe_digest, std::size_t size) {
  FileHeader header{};
  std::memcpy(header.magic, "SFMEANS\n", sizeof header.magic);
  header.version = kMeansVersion;
  header.size = static_cast<std::uint32_t>(size);
  std::memcpy(header.recipe_digest, recipe_digest.data(), std::min(recipe_digest.size(), sizeof header.recipe_digest));
  header.checksum = checksum64(&header, offsetof(FileHeader, checksum));
  std::string bytes(sizeof header, '\0');
  std::memcpy(bytes.data(), &header, sizeof header);
  return bytes;
}

/// Reads the parts one after another; false when the file ends before, or cannot be read.
bool read_at(int descriptor, std::uintmax_t at, const std::vector<iovec>& parts) {
  std::size_t wanted = 0;
  for (const auto& part : parts) wanted += part.iov_len;
  ssize_t count = -1;
  do {
    count = ::preadv(descriptor, parts.data(), static_cast<int>(parts.size()), static_cast<off_t>(at));
  } while (count < 0 && errno == EINTR);
  return count >= 0 && static_cast<std::size_t>(count) == wanted;
}

}  // namespace

MeansFile::MeansFile(std::filesystem::path path, const std::string& recipe_digest, std::size_t size)
    : path_(std::move(path)), size_(size), header_(file_header(recipe_digest, size)) {
  open();
  if (descriptor_ < 0) return;
  while (::flock(descriptor_, LOCK_EX) != 0 && errno == EINTR) {
  }
  struct stat facts {};
  if (::fstat(descriptor_, &facts) == 0) bytes_ = static_cast<std::uintmax_t>(facts.st_size);
  std::string header(header_.size(), '\0');
  if (read_at(descriptor_, 0, {{header.data(), header.size()}}) && header == header_) return;
  if (bytes_ > 0) logger().warn("{} is damaged or of another version; its means are made again", path_.string());
  clear();
}

MeansFile::~MeansFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void MeansFile::open() {
  descriptor_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
  writable_ = descriptor_ >= 0;
  if (writable_) return;
  keep_nothing(std::strerror(errno));
  descriptor_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
}

void MeansFile::keep_nothing(const std::string& why) {
  writable_ = false;
  logger().info("cannot write {} ({}); the next search reads the clips that it lacks again", path_.string(), why);
}

std::uintmax_t MeansFile::block_bytes(std::size_t clips) const {
  return sizeof(BlockHeader) + clips * (sizeof(AudioDigest) + size_ * sizeof(std::int16_t));
}

bool MeansFile::read_block(std::uintmax_t at, MeansBlock& block) const {
  BlockHeader header{};
  if (!read_at(descriptor_, at, {{&header, sizeof header}})) return false;
  if (header.clips < 1 || header.clips > kMostClips || at + block_bytes(header.clips) > bytes_) return false;
  block.clips.resize(header.clips);
  block.values.resize(header.clips * size_);
  const iovec clips{block.clips.data(), block.clips.size() * sizeof(AudioDigest)};
  const iovec values{block.values.data(), block.values.size() * sizeof(std::int16_t)};
  if (!read_at(descriptor_, at + sizeof header, {clips, values})) return false;
  const BlockHeader right = header_of(block);
  return std::memcmp(&right, &header, sizeof header) == 0;
}

void MeansFile::read(const std::function<void(const MeansBlock&)>& use) {
  MeansBlock block;
  for (std::uintmax_t at = header_.size(); at < bytes_; at += block_bytes(block.clips.size())) {
    if (!read_block(at, block)) {
      logger().warn("{} is damaged or incomplete from byte {} on; the means from there on are made again",
                    path_.string(), at);
      cut_off(at);
      return;
    }
    use(block);
  }
}

void MeansFile::cut_off(std::uintmax_t bytes) {
  bytes_ = bytes;
  if (writable_ && ::ftruncate(descriptor_, static_cast<off_t>(bytes)) != 0) keep_nothing(std::strerror(errno));
}

void MeansFile::clear() {
  cut_off(0);
  if (writable_ && write_at(0, header_.data(), header_.size())) bytes_ = header_.size();
}

bool MeansFile::write_at(std::uintmax_t at, const void* bytes, std::size_t count) {
  const auto* from = static_cast<const char*>(bytes);
  while (count > 0) {
    const ssize_t written = ::pwrite(descriptor_, from, count, static_cast<off_t>(at));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      const std::string why = std::strerror(errno);
      cut_off(bytes_);
      keep_nothing(why);
      return false;
    }
    from += written;
    at += static_cast<std::uintmax_t>(written);
    count -= static_cast<std::size_t>(written);
  }
  return true;
}

void MeansFile::append(const MeansBlock& block) {
  if (!writable_) return;
  const BlockHeader header = header_of(block);
  const std::size_t clips_bytes = block.clips.size() * sizeof(AudioDigest);
  const std::uintmax_t values_at = bytes_ + sizeof header + clips_bytes;
  if (write_at(bytes_, &header, sizeof header) && write_at(bytes_ + sizeof header, block.clips.data(), clips_bytes) &&
      write_at(values_at, block.values.data(), block.values.size() * sizeof(std::int16_t))) {
    bytes_ += block_bytes(block.clips.size());
  }
}

}  // namespace soundfold::search
