// SPDX-License-Identifier: Apache-2.0
#include "database/internal/memory_map.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <cstdint>
#include <fstream>
#include <sstream>
#include <string>

namespace soundfold::database {
namespace {

constexpr std::size_t kMaxTouchedBytes = std::size_t{8} << 20;

/// Where this process has mapped `file`, shared with other processes; LMDB does not report where its map is. Empty when
/// it is not mapped, or /proc is not there.
MemoryRange mapping_of(const std::filesystem::path& file) {
  struct stat facts {};
  if (::stat(file.c_str(), &facts) != 0) return {};
  const std::string name = "/" + file.filename().string();
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    // 7f1c0000-7f1d0000 r--s 00000000 fd:00 1234   /path/to/file. The device is not compared: some file systems show
    // one here and another in stat(). A wrong match does no harm, as only shared mappings count.
    std::istringstream fields(line);
    std::uintptr_t start = 0, end = 0;
    char hyphen = 0;
    std::string permissions, offset, device;
    std::uint64_t inode = 0;
    fields >> std::hex >> start >> hyphen >> end >> permissions >> offset >> device >> std::dec >> inode;
    const bool shared = permissions.size() == 4 && permissions[3] == 's';
    if (!fields || !shared || inode != facts.st_ino || line.find(name) == std::string::npos) continue;
    return {reinterpret_cast<void*>(start), end - start};
  }
  return {};
}

}  // namespace

void TouchedPages::release() {
  if (touched_bytes_.load(std::memory_order_relaxed) < kMaxTouchedBytes) return;
  touched_bytes_ = 0;
  const std::lock_guard lock(mutex_);
  if (map_.bytes == 0) map_ = mapping_of(file_);
  if (map_.bytes > 0) ::madvise(map_.start, map_.bytes, MADV_DONTNEED);
}

void TouchedPages::forget_map() {
  const std::lock_guard lock(mutex_);
  map_ = {};
}

}  // namespace soundfold::database
