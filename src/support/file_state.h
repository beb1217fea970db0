// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace soundfold {

/// What distinguishes one state of a file from another without reading it. Names can be swapped and modification times
/// set back, so that size and modification time alone do not suffice: the inode stays with the bytes when names are
/// exchanged, and the time of the last status change is set by the kernel alone.
struct FileState {
  std::uintmax_t size = 0;
  std::int64_t modified_ns = 0;  ///< modification time (mtime), ns since 1970
  std::int64_t changed_ns = 0;   ///< time of the last change of content, name or attributes (ctime), ns since 1970
  std::uint64_t inode = 0;

  bool operator==(const FileState& other) const {
    return size == other.size && modified_ns == other.modified_ns && changed_ns == other.changed_ns &&
           inode == other.inode;
  }
  bool operator!=(const FileState& other) const { return !(*this == other); }
  /// "<size> <modified_ns> <changed_ns> <inode>": equal strings, equal states.
  std::string text() const;
};

/// The state of `path`, links followed. Throws DataError when it is missing or not a regular file.
FileState file_state(const std::filesystem::path& path);

/// True when a file changed less than 2 s before `now_ns`: a later change could leave its state as it is (file systems
/// keep time in steps of up to 2 s), so that nothing may be concluded from an equal state later.
bool recently_changed(const FileState& state, std::int64_t now_ns);

/// The clock that file times are measured with, in ns since 1970.
std::int64_t now_ns();

}  // namespace soundfold
