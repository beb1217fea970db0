// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace soundfold {

/// xxh3_128 finds changes (store keys, record checksums, digests of weights); sha256 and md5 verify downloads whose
/// publishers give those.
enum class HashKind { xxh3_128, sha256, md5 };

/// Hashes bytes given in pieces.
class Hasher {
 public:
  explicit Hasher(HashKind kind);
  ~Hasher();
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;

  void update(const void* bytes, std::size_t count);
  void update(std::string_view bytes) { update(bytes.data(), bytes.size()); }

  /// Lower-case hexadecimal digest of all bytes so far. Call once, last.
  std::string hex_digest();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Digest of one piece of bytes.
std::string hash_bytes(HashKind kind, std::string_view bytes);

/// Digest of a file's bytes, read in blocks. Throws DataError when it cannot be read.
std::string hash_file(HashKind kind, const std::filesystem::path& path);

/// 64-bit XXH3 of bytes, for checksums inside binary records.
std::uint64_t checksum64(const void* bytes, std::size_t count);

}  // namespace soundfold
