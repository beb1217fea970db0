// SPDX-License-Identifier: Apache-2.0
#include "runs/internal/run_lock.h"

#include "support/errors.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

namespace soundfold::runs {

std::shared_ptr<void> lock_run(const std::filesystem::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return nullptr;
  const auto release = [](int* held) {
    ::close(*held);
    delete held;
  };
  std::shared_ptr<void> lock(std::shared_ptr<int>(new int(descriptor), release));
  if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) return lock;
  if (errno != EWOULDBLOCK) return nullptr;
  throw UsageError(folder.string() +
                   ": another process is running this run; wait until it ends, or stop it (Ctrl-C) and resume then");
}

}  // namespace soundfold::runs
