// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace soundfold::tar_shards {

/// The largest member that is read; each thread of an extraction holds one.
inline constexpr std::int64_t kMostMemberBytes = 1'000'000'000;

/// A member of a tar that was asked for.
struct TarMember {
  std::string name;     ///< see checked_member_name()
  std::string bytes;    ///< empty when there is a problem
  std::string problem;  ///< why its bytes are not given: a link, or too large; "" otherwise
};

/// Reads a tar (ustar, pax, GNU; plain, or compressed by gzip, zstd, bzip2 or xz) from its beginning to its end, one
/// member in memory.
class TarReader {
 public:
  /// Gives at most `count` of the next bytes, and how many; 0 at the end.
  using Source = std::function<std::size_t(char* bytes, std::size_t count)>;

  /// `name` stands for the tar in messages. `wanted` decides by a member's name whether it is given.
  TarReader(std::string name, Source source, std::function<bool(const std::string& member)> wanted);
  ~TarReader();
  TarReader(const TarReader&) = delete;
  TarReader& operator=(const TarReader&) = delete;

  /// The next member that is wanted; none at the end. Throws DataError naming the tar and the position for one that is
  /// no tar, damaged between members, truncated (without its end mark, too), or has names that lead out of it; and what
  /// the source throws.
  std::optional<TarMember> next();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The bytes of a file. Throws DataError when it cannot be opened, is not a regular file or, later, cannot be read.
TarReader::Source file_source(const std::string& path);

}  // namespace soundfold::tar_shards
