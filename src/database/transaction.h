// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "database/internal/memory_map.h"

#include <lmdb.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string_view>
#include <utility>
#include <vector>

namespace soundfold::database {

/// Thrown by check_lmdb() for MDB_MAP_FULL; Environment::write() catches it, grows the map and tries again.
struct MapFull {};

/// Pairs of key and value that live as long as the transaction.
using Entries = std::vector<std::pair<std::string_view, std::string_view>>;

/// Throws DataError for an LMDB or system error code: which store, what could not be done, why, and what to do.
void check_lmdb(int code, const std::filesystem::path& folder, const char* doing);

/// An LMDB transaction and what is done inside it. Ends without effect unless it was committed.
class Transaction {
 public:
  /// Takes over `raw`. `folder`, for messages, and `touched` must live longer.
  Transaction(MDB_txn* raw, const std::filesystem::path& folder, TouchedPages& touched)
      : raw_(raw), folder_(folder), touched_(touched) {}
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  /// Ends it for good; a read transaction then keeps the databases that it opened. `doing` is for the message.
  void commit(const char* doing);

  /// Value of `key`, or false. The bytes live as long as the transaction.
  bool get(MDB_dbi database, std::string_view key, std::string_view& value) const;
  void put(MDB_dbi database, std::string_view key, std::string_view value);
  /// Makes room for `count` bytes under `key`, to be filled by the caller before anything else is done.
  unsigned char* reserve(MDB_dbi database, std::string_view key, std::size_t count);
  /// The entries behind `key` (empty: from the first on), at most 4,096, and as many as have 4 MB, at least one if
  /// there is one. Without `values` the caller looks at keys alone, and large values, in pages of their own, do not
  /// count.
  Entries entries_after(MDB_dbi database, std::string_view key, bool values = true) const;
  std::int64_t entry_count(MDB_dbi database) const;
  /// Gives memory back to the system when much of the map was looked at; Environment does it after a transaction.
  void release_touched() const { touched_.release(); }

  MDB_txn* raw() const { return raw_; }

 private:
  MDB_txn* raw_;
  const std::filesystem::path& folder_;
  TouchedPages& touched_;
};

}  // namespace soundfold::database
