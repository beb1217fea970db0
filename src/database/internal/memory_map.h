// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <mutex>
#include <utility>

namespace soundfold::database {

/// A stretch of this process's addresses.
struct MemoryRange {
  void* start = nullptr;
  std::size_t bytes = 0;
};

/// The pages of a file's shared mapping that were looked at. They count as this process's memory until the system needs
/// it. They stay in the system's cache when they are given back; they are read again without reading the disk.
class TouchedPages {
 public:
  explicit TouchedPages(std::filesystem::path file) : file_(std::move(file)) {}

  /// Counts `bytes` more of the map as loaded into memory.
  void note(std::size_t bytes) { touched_bytes_.fetch_add(bytes, std::memory_order_relaxed); }
  /// Gives memory back to the system when much of the map was looked at. Several threads may call it.
  void release();
  /// The map is about to move.
  void forget_map();

 private:
  std::filesystem::path file_;
  /// About how much of the map was loaded into memory since it was last released.
  std::atomic<std::size_t> touched_bytes_{0};
  std::mutex mutex_;
  MemoryRange map_;  ///< looked up when it is needed
};

}  // namespace soundfold::database
