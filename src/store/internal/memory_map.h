// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>

namespace soundfold::store {

/// A stretch of this process's addresses.
struct MemoryRange {
  void* start = nullptr;
  std::size_t bytes = 0;
};

/// Where this process has mapped `file`, shared with other processes; LMDB does not report where its map is. Empty when
/// it is not mapped, or /proc is not there.
MemoryRange mapping_of(const std::filesystem::path& file);

/// Gives the memory of a shared mapping back to the system. Its bytes stay in the file and in the system's cache, and
/// come back when they are looked at.
void give_back(const MemoryRange& shared_mapping);

}  // namespace soundfold::store
