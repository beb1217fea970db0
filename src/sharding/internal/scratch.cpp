// SPDX-License-Identifier: Apache-2.0
#include "sharding/internal/scratch.h"

#include "support/errors.h"
#include "support/files.h"
#include "support/hashing.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace soundfold::sharding {
namespace fs = std::filesystem;
namespace {

constexpr int kMostProcesses = 1000;  // that make one shard at once

}  // namespace

Scratch::Scratch(const fs::path& parent, const shards::Plan& plan, const shards::ShardNumber& shard) {
  const std::string what = hash_bytes(HashKind::xxh3_128, plan.list_sha256 + plan.recipe).substr(0, 12);
  start_ = parent / ("soundfold-" + what + "-" + shard.folder_name());
  for (int number = 0; number < kMostProcesses; ++number) {
    folder_ = numbered(number);
    make_folder(folder_);
    lock_ = locked(folder_);
    if (lock_ >= 0) return;
  }
  throw DataError(parent.string() + ": " + std::to_string(kMostProcesses) + " processes make shard " + shard.text() +
                  " there already");
}

Scratch::~Scratch() {
  if (lock_ >= 0) ::close(lock_);
}

fs::path Scratch::numbered(int number) const {
  return start_.string() + "." + std::to_string(number);
}

int Scratch::locked(const fs::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  // Removed since it was made, by a process whose shard has landed.
  if (descriptor < 0 && errno == ENOENT) return -1;
  if (descriptor < 0) throw DataError("cannot open " + folder.string() + ": " + std::strerror(errno));
  // File systems without locks give other errors; nobody else is expected there then.
  bool mine = ::flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
  struct stat opened {};
  struct stat named {};
  mine = mine && ::fstat(descriptor, &opened) == 0 && ::stat(folder.c_str(), &named) == 0 &&
         opened.st_ino == named.st_ino && opened.st_dev == named.st_dev;
  if (mine) return descriptor;
  ::close(descriptor);
  return -1;
}

void Scratch::remove() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
  for (int number = 0; number < kMostProcesses; ++number) {
    if (!fs::exists(numbered(number), ignored)) continue;  // this one too, whatever its number
    const int lock = locked(numbered(number));
    if (lock < 0) continue;
    fs::remove_all(numbered(number), ignored);
    ::close(lock);
  }
}

}  // namespace soundfold::sharding
