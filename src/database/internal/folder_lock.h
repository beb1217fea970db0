// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace soundfold::database {

/// A lock on a store's folder for as long as the object lives: shared by the processes that have the store open, or
/// held by one alone. LMDB's own locks do not serve: they leave no moment in which a file could be replaced, and a
/// process that may only read takes none.
class FolderLock {
 public:
  /// Never waits. Throws DataError when the folder cannot be opened, `alone` is wanted and another has the store open,
  /// or another holds it alone.
  FolderLock(const std::filesystem::path& folder, bool alone);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int descriptor_;
};

}  // namespace soundfold::database
