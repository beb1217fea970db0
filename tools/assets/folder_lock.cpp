// SPDX-License-Identifier: Apache-2.0
#include "assets/folder_lock.h"

#include "support/errors.h"
#include "support/files.h"
#include "support/interrupt.h"
#include "support/logging.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

namespace soundfold {

FolderLock::FolderLock(const std::filesystem::path& file) {
  make_folder(file.parent_path());
  fd_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd_ < 0) throw DataError("cannot open " + file.string() + ": " + std::strerror(errno));
  bool logged = false;
  while (::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
    const int error = errno;
    const bool busy = error == EWOULDBLOCK || error == EINTR;
    if (!busy || interrupt_signal() != 0) ::close(fd_);
    throw_if_interrupted("interrupted while waiting for another fetch");
    // Some network file systems have no locks; then two fetches at once must be avoided by the user.
    if (!busy) throw DataError("cannot lock " + file.string() + ": " + std::strerror(error));
    if (!logged)
      spdlog::info("another fetch into {} is running; waiting for it", file.parent_path().parent_path().string());
    logged = true;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

std::unique_ptr<FolderLock> FolderLock::if_free(const std::filesystem::path& file) {
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) return nullptr;
  std::unique_ptr<FolderLock> lock(new FolderLock(fd));
  return ::flock(fd, LOCK_EX | LOCK_NB) == 0 ? std::move(lock) : nullptr;
}

FolderLock::~FolderLock() {
  ::close(fd_);
}

}  // namespace soundfold
