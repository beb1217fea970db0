// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "database/environment.h"
#include "store/store.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// What info, verify, prune and merge do with the entries of a store's databases.
namespace soundfold::store {

/// What is wrong with a record or its parts, all checksums verified; empty when it is intact.
std::string problem_of_record(const database::Transaction& transaction, const database::Databases& databases,
                              std::string_view key, std::string_view record);
/// What is wrong with an entry of the recipes; empty when it is intact.
std::string problem_of_recipe(std::string_view digest, std::string_view text);

/// A record's size with that of its parts.
struct RecordSize {
  std::uintmax_t bytes = 0;
  std::int64_t parts = 0;  ///< that are there
};
RecordSize size_of_record(const database::Transaction& transaction, const database::Databases& databases,
                          std::string_view key, std::string_view record);

/// From an entry of the file digests: the digest, within `value`, and with the path.
std::string_view remembered_digest(std::string_view value);
RememberedFile remembered_file(std::string_view value);

/// Writes entries to a store, some 4 MB in each transaction.
class BatchWriter {
 public:
  explicit BatchWriter(database::Environment& target) : target_(target) {}

  /// Copies the bytes. What was added is stored after flush().
  void add(MDB_dbi database, std::string_view key, std::string_view value);
  /// Adds the parts of the record of `key` that `from` has, and then its head `record`.
  void add_with_parts(const database::Environment& from, const std::string& key, const std::string& record);
  void flush();

 private:
  struct Entry {
    MDB_dbi database;
    std::string key, value;
  };
  database::Environment& target_;
  std::vector<Entry> entries_;
  std::size_t bytes_ = 0;
};

}  // namespace soundfold::store
