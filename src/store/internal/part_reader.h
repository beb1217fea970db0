// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/internal/environment.h"
#include "store/store.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace soundfold::store {

/// The LMDB key of a part of the record of `key`.
std::string part_key(const std::string& key, std::int64_t number);

/// Reads a record that is stored in parts, within one read transaction.
class PartReader {
 public:
  PartReader(const Environment& environment, MDB_txn* transaction, std::string key)
      : environment_(environment), transaction_(transaction), key_(std::move(key)) {}

  /// Reads the head `record`, and the parts: `verify` their checksums, put together their `numbers`. Without either
  /// only looks whether they are there. Returns what is wrong, or an empty text.
  std::string read(std::string_view record, bool verify, bool numbers);
  /// The whole; its pointers are null when the numbers were not wanted. Lives as long as this object.
  ClipEmbeddingsView view() const;

 private:
  std::string read_part(std::int64_t number, std::uint64_t checksum, bool verify, bool numbers);

  const Environment& environment_;
  MDB_txn* transaction_;
  std::string key_;
  std::int64_t patches_read_ = 0;
  ClipEmbeddingsView sizes_;
  ClipEmbeddings whole_;
};

}  // namespace soundfold::store
