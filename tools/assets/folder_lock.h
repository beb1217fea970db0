// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>

namespace soundfold {

/// Holds a folder's lock file for its lifetime, so that two processes do not fetch into the same folder at once.
/// Waits, saying so, while another process holds it. Throws DataError, Interrupted.
class FolderLock {
 public:
  explicit FolderLock(const std::filesystem::path& file);
  /// Without waiting; null when another process holds it, or it cannot be opened.
  static std::unique_ptr<FolderLock> if_free(const std::filesystem::path& file);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  explicit FolderLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace soundfold
