// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "database/databases.h"
#include "database/internal/folder_lock.h"
#include "database/internal/memory_map.h"
#include "database/transaction.h"

#include <lmdb.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <shared_mutex>

namespace soundfold::database {

struct OpenOptions {
  /// Address space reserved at first, in bytes (not disk space: the file grows with its records). It doubles when full.
  std::uintmax_t initial_map_bytes = std::uintmax_t{1} << 30;
  /// The store must exist, and nothing is written but the list of readers in lock.mdb, where that may be written.
  bool read_only = false;
  /// Throws DataError when another has the store open, and keeps others out.
  bool alone = false;
};

/// One open LMDB environment. LMDB forbids to open one twice in a process, so open() hands out the one that is there.
class Environment {
 public:
  /// Opens or makes the environment of `folder`; see Store for what it throws.
  static std::shared_ptr<Environment> open(const std::filesystem::path& folder, const OpenOptions& options);
  /// The same for a store that must exist, with OpenOptions::read_only.
  static std::shared_ptr<Environment> open_to_read(const std::filesystem::path& folder);
  ~Environment();
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  /// Runs `body` inside a read transaction.
  void read(const std::function<void(Transaction&)>& body) const;

  /// Calls `use` for all entries of a database in key order, some at a time (4 MB, or one larger one), each time in a
  /// read transaction of its own, so that other processes' writes can use freed pages again meanwhile.
  /// Without `values` the caller looks at keys alone.
  void for_each_chunk(MDB_dbi database, const std::function<void(const Transaction&, const Entries&)>& use,
                      bool values = true) const;

  /// Runs `body` inside a write transaction and commits it with one sync. When the map is full, it is grown and `body`
  /// runs again from the start. Throws DataError, and then nothing was written.
  void write(const std::function<void(Transaction&)>& body);

  const std::filesystem::path& folder() const { return folder_; }
  const Databases& databases() const { return databases_; }
  bool read_only() const { return read_only_; }
  std::uintmax_t map_bytes() const;
  /// Room in the file that new records will use.
  std::uintmax_t free_bytes() const;

 private:
  Environment(std::filesystem::path folder, const OpenOptions& options);
  void open_files(const OpenOptions& options);
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
  FolderLock lock_;
  MDB_env* env_ = nullptr;
  Databases databases_;
  bool read_only_ = false;
  mutable TouchedPages touched_;
  /// Transactions hold it shared; changing the map's size needs it alone.
  mutable std::shared_mutex size_mutex_;
};

}  // namespace soundfold::database
