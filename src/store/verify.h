// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace soundfold::store {

/// A record, or a recipe's text, that is damaged.
struct DamagedRecord {
  std::string key;
  std::string problem;
  std::vector<std::string> files;  ///< remembered as having the record's audio bytes
};

struct VerifyResult {
  std::string folder;
  std::int64_t records = 0;
  std::uintmax_t bytes = 0;            ///< of them, with their parts
  std::int64_t unused_parts = 0;       ///< parts of no record, as an interrupted extraction leaves them
  std::vector<DamagedRecord> damaged;  ///< by key
};

/// Reads every record and compares sizes, keys and checksums. Opens the store for reading; other processes may write
/// meanwhile. Memory does not depend on the number of intact records. Shows progress. Throws what opening a store
/// throws, DataError for damage outside of records, and Interrupted.
VerifyResult verify_store(const std::filesystem::path& folder);

/// Lines for people: one for each damaged record, then the sum.
std::string verify_text(const VerifyResult& result);
/// One JSON object.
std::string verify_json(const VerifyResult& result);

}  // namespace soundfold::store
