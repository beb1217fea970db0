// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <string_view>

namespace soundfold::fuzz {

/// A file that exists only in memory, for readers that want a path. Its content can be replaced any number of times.
class MemoryFile {
 public:
  MemoryFile();
  ~MemoryFile();
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  /// The path stays the same.
  const std::filesystem::path& path() const { return path_; }
  void write(std::string_view bytes) const;

 private:
  int descriptor_;
  std::filesystem::path path_;
};

}  // namespace soundfold::fuzz
