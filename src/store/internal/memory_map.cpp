// SPDX-License-Identifier: Apache-2.0
#include "store/internal/memory_map.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <cstdint>
#include <fstream>
#include <sstream>
#include <string>

namespace soundfold::store {

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

void give_back(const MemoryRange& shared_mapping) {
  if (shared_mapping.bytes > 0) ::madvise(shared_mapping.start, shared_mapping.bytes, MADV_DONTNEED);
}

}  // namespace soundfold::store
