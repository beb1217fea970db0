// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/internal/memory_map.h"

#include <lmdb.h>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>

namespace soundfold::store {

/// The store's named LMDB databases.
struct Databases {
  MDB_dbi records = 0;
  MDB_dbi recipes = 0;
  MDB_dbi files = 0;
  MDB_dbi meta = 0;
  MDB_dbi parts = 0;  ///< 0 in an older store that may only be read
};

/// One open LMDB environment. LMDB forbids to open one twice in a process, so open() hands out the one that is there.
class Environment {
 public:
  /// Opens or makes the environment of `folder`; see Store for what it throws.
  static std::shared_ptr<Environment> open(const std::filesystem::path& folder, std::uintmax_t initial_map_bytes);
  ~Environment();
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  /// Runs `body` inside a read transaction.
  void read(const std::function<void(MDB_txn*)>& body) const;

  /// Runs `body` inside a write transaction and commits it with one sync. When the map is full, it is grown and `body`
  /// runs again from the start. Throws DataError, and then nothing was written.
  void write(const std::function<void(MDB_txn*)>& body);

  /// Value of `key`, or false. The bytes live as long as `transaction`.
  bool get(MDB_txn* transaction, MDB_dbi database, std::string_view key, std::string_view& value) const;
  void put(MDB_txn* transaction, MDB_dbi database, std::string_view key, std::string_view value);
  /// Makes room for `count` bytes under `key`, to be filled by the caller before anything else is done.
  unsigned char* reserve(MDB_txn* transaction, MDB_dbi database, std::string_view key, std::size_t count);
  /// Calls `use` for every pair in key order.
  void for_each(MDB_txn* transaction, MDB_dbi database,
                const std::function<void(std::string_view key, std::string_view value)>& use) const;
  /// Gives memory back to the system when much of the map was looked at. Only inside read() or write(), which do it at
  /// their end.
  void release_touched() const;
  std::int64_t entry_count(MDB_txn* transaction, MDB_dbi database) const;

  const Databases& databases() const { return databases_; }
  bool read_only() const { return read_only_; }
  std::uintmax_t map_bytes() const;

 private:
  Environment(std::filesystem::path folder, std::uintmax_t initial_map_bytes);
  void open_files(std::uintmax_t initial_map_bytes);
  int try_open(unsigned flags, std::uintmax_t map_bytes);
  void open_databases();
  void make_or_open_databases();
  void refuse_cut_off_file() const;
  void refuse_newer_format() const;
  bool try_write(const std::function<void(MDB_txn*)>& body, std::size_t& map_bytes_seen);
  void grow(std::size_t map_bytes_seen);
  void adopt_size() const;
  /// Only while size_mutex_ is held alone.
  void set_map_size(std::size_t bytes, const char* doing) const;
  void cover_last_page();
  MDB_txn* begin(unsigned flags) const;
  /// Counts `bytes` more of the map as loaded into memory.
  void note_touched(std::size_t bytes) const;
  /// Throws DataError for an LMDB or system error code.
  void check(int code, const char* doing) const;

  std::filesystem::path folder_;
  MDB_env* env_ = nullptr;
  Databases databases_;
  bool read_only_ = false;
  /// About how much of the map was loaded into memory since it was last released, in bytes.
  mutable std::atomic<std::size_t> touched_bytes_{0};
  /// Where the map lies; looked up when it is needed, forgotten when the map moves.
  mutable std::mutex map_mutex_;
  mutable MemoryRange map_;
  /// Transactions hold it shared; changing the map's size needs it alone.
  mutable std::shared_mutex size_mutex_;
};

/// What to tell the user about an LMDB or system error code: the reason, and what to do.
std::string explain_lmdb_error(int code);

/// "NFS", "SMB" for the magic numbers of statfs() whose locks and maps LMDB cannot rely on; otherwise empty.
std::string network_file_system(std::uint32_t magic);

}  // namespace soundfold::store
