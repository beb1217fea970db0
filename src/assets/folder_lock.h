#pragma once

#include <filesystem>

namespace soundfold {

/// Holds a folder's lock file for its lifetime, so that two processes do not fetch into the same folder at once.
/// Waits, saying so, while another process holds it. Throws DataError, Interrupted.
class FolderLock {
 public:
  explicit FolderLock(const std::filesystem::path& file);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int fd_;
};

}  // namespace soundfold
