// SPDX-License-Identifier: Apache-2.0
#include "database/internal/folder_lock.h"

#include "support/errors.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace soundfold::database {
namespace {

/// Whether a process has locked the first byte of LMDB's lock file, as every user of LMDB does that may write that
/// file: one of another program, too. To be asked while this process has the environment closed: closing a descriptor
/// of the file gives up the locks of the whole process.
bool is_open_in_lmdb(const std::filesystem::path& folder) {
  const int file = ::open((folder / "lock.mdb").c_str(), O_RDWR | O_CLOEXEC);
  if (file < 0) return false;
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_len = 1;
  const bool locked = ::fcntl(file, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
  ::close(file);
  return locked;
}

}  // namespace

FolderLock::FolderLock(const std::filesystem::path& folder, bool alone)
    : descriptor_(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  const std::string store = "embedding store " + folder.string();
  if (descriptor_ < 0) throw DataError(store + ": cannot open the folder: " + std::strerror(errno));
  int problem = ::flock(descriptor_, (alone ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0 ? 0 : errno;
  if (alone && problem == 0 && is_open_in_lmdb(folder)) problem = EWOULDBLOCK;
  // File systems without locks give other errors: there a store can be used, but its file never be replaced.
  if (problem == 0 || (problem != EWOULDBLOCK && !alone)) return;
  ::close(descriptor_);
  if (problem != EWOULDBLOCK) throw DataError(store + ": cannot be locked: " + std::strerror(problem));
  throw DataError(store + (alone ? ": another program has it open; run the same command again when that has ended"
                                 : ": is being pruned; run the same command again when that has ended"));
}

FolderLock::~FolderLock() {
  ::close(descriptor_);
}

}  // namespace soundfold::database
