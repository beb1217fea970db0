// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "embeddings/store.h"

#include <cstdint>
#include <filesystem>
#include <string>

namespace soundfold::embeddings {

/// What tells one state of a file from another.
struct FileState {
  std::uintmax_t size = 0;
  std::int64_t modified_ns = 0;
  std::uint64_t inode = 0;
  bool operator==(const FileState& other) const {
    return size == other.size && modified_ns == other.modified_ns && inode == other.inode;
  }
};

/// Throws DataError when `path` is missing or not a regular file.
FileState file_state(const std::filesystem::path& path);

/// True when a file changed less than 2 s before `now_ns`: a later change could leave size and time as they are (file
/// systems keep time in steps of up to 2 s), so that its digest must not be remembered.
bool recently_modified(const FileState& state, std::int64_t now_ns);

/// `path` from the root on, without "." and ".." and doubled slashes (of the text alone: links are not looked at).
/// Takes a path that is so already as it is, which std::filesystem takes microseconds for.
std::string absolute_name(const std::string& path);

/// The clock that file times are measured with, in ns since 1970.
std::int64_t now_ns();

}  // namespace soundfold::embeddings
