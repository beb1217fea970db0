// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/internal/databases.h"
#include "store/internal/memory_map.h"
#include "store/internal/transaction.h"

#include <lmdb.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <shared_mutex>

namespace soundfold::store {

/// One open LMDB environment. LMDB forbids to open one twice in a process, so open() hands out the one that is there.
class Environment {
 public:
  /// Opens or makes the environment of `folder`; see Store for what it throws.
  static std::shared_ptr<Environment> open(const std::filesystem::path& folder, std::uintmax_t initial_map_bytes);
  ~Environment();
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  /// Runs `body` inside a read transaction.
  void read(const std::function<void(Transaction&)>& body) const;

  /// Runs `body` inside a write transaction and commits it with one sync. When the map is full, it is grown and `body`
  /// runs again from the start. Throws DataError, and then nothing was written.
  void write(const std::function<void(Transaction&)>& body);

  const std::filesystem::path& folder() const { return folder_; }
  const Databases& databases() const { return databases_; }
  bool read_only() const { return read_only_; }
  std::uintmax_t map_bytes() const;

 private:
  Environment(std::filesystem::path folder, std::uintmax_t initial_map_bytes);
  void open_files(std::uintmax_t initial_map_bytes);
  int try_open(unsigned flags, std::uintmax_t map_bytes);
  void refuse_cut_off_file() const;
  bool try_write(const std::function<void(Transaction&)>& body, std::size_t& map_bytes_seen);
  void grow(std::size_t map_bytes_seen);
  void adopt_size() const;
  /// Only while size_mutex_ is held alone.
  void set_map_size(std::size_t bytes, const char* doing) const;
  void cover_last_page();
  /// How long LMDB's own count of pages says that the file is, in bytes.
  std::uintmax_t named_bytes(const char* doing) const;
  void check(int code, const char* doing) const { check_lmdb(code, folder_, doing); }

  std::filesystem::path folder_;
  MDB_env* env_ = nullptr;
  Databases databases_;
  bool read_only_ = false;
  mutable TouchedPages touched_;
  /// Transactions hold it shared; changing the map's size needs it alone.
  mutable std::shared_mutex size_mutex_;
};

}  // namespace soundfold::store
