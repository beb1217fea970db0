// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace soundfold {

/// What is remembered of an asset that was verified, so that it need not be read again: state and XXH3 digest of every
/// file. A file whose state is unchanged counts as unchanged.
class Stamp {
 public:
  struct Entry {
    std::uintmax_t size_bytes = 0;
    std::string state;   ///< FileState::text(); empty when the file had changed too recently to rely on it
    std::string digest;  ///< xxh3_128
  };

  /// The stamp in `path`; an empty one when it is missing, unreadable, or was made for another `expectation` (the
  /// manifest's checksums and rules as one text).
  static Stamp read(const std::filesystem::path& path, const std::string& expectation);

  /// Records `files` (relative to `root`) as they are now, reading each of them. Throws Interrupted.
  static Stamp take(const std::filesystem::path& root, const std::vector<std::string>& files,
                    const std::string& expectation, const std::string& what);

  void write(const std::filesystem::path& path) const;

  bool empty() const { return entries_.empty(); }
  std::size_t file_count() const { return entries_.size(); }
  std::uintmax_t total_bytes() const;

  /// The first file under `root` that is missing or differs from what was recorded, or "". A file in another state is
  /// read and compared by digest; with `read_all` every file is. `touched` is set when a state was updated.
  std::string first_difference(const std::filesystem::path& root, bool read_all, bool& touched);

 private:
  std::string expectation_;
  std::map<std::string, Entry> entries_;
};

}  // namespace soundfold
