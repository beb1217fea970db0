// SPDX-License-Identifier: Apache-2.0
#include "support/file_state.h"

#include "support/errors.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>

namespace soundfold {
namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;

std::int64_t to_ns(const timespec& time) {
  return static_cast<std::int64_t>(time.tv_sec) * kNsPerSecond + time.tv_nsec;
}

}  // namespace

std::string FileState::text() const {
  return std::to_string(size) + " " + std::to_string(modified_ns) + " " + std::to_string(changed_ns) + " " +
         std::to_string(inode);
}

FileState file_state(const std::filesystem::path& path) {
  struct stat facts {};
  if (::stat(path.c_str(), &facts) != 0) {
    throw DataError(path.string() + ": " + (errno == ENOENT ? "no such file" : std::strerror(errno)));
  }
  if (!S_ISREG(facts.st_mode)) throw DataError(path.string() + ": not a regular file");
  FileState state;
  state.size = static_cast<std::uintmax_t>(facts.st_size);
  state.modified_ns = to_ns(facts.st_mtim);
  state.changed_ns = to_ns(facts.st_ctim);
  state.inode = facts.st_ino;
  return state;
}

bool recently_changed(const FileState& state, std::int64_t now) {
  return std::max(state.modified_ns, state.changed_ns) > now - 2 * kNsPerSecond;
}

std::int64_t now_ns() {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(since_epoch).count();
}

}  // namespace soundfold
