// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "shards/landed.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace soundfold::upkeep {

/// A record, or a recipe's text, that is damaged.
struct DamagedRecord {
  std::string key;
  std::string problem;
  std::vector<std::string> files;  ///< remembered as having the record's audio bytes
  std::string shard = {};          ///< name of the shard's folder; empty in a store
};

struct VerifyResult {
  std::string folder;
  std::int64_t records = 0;
  std::uintmax_t bytes = 0;            ///< of them, with their parts
  std::int64_t unused_parts = 0;       ///< parts of no record, as an interrupted extraction leaves them
  std::vector<DamagedRecord> damaged;  ///< by shard, then by key
  int shards = 0;                      ///< that the folder is to have; 0: it is a store
  /// Shards that have not landed, are not as their manifests say, or are damaged outside of records.
  std::vector<shards::ShardProblem> shard_problems;

  bool intact() const { return damaged.empty() && shard_problems.empty(); }
};

/// Reads every record of a store, or of all shards of a folder, and compares sizes, keys and checksums. Opens them for
/// reading; other processes may write meanwhile. Memory does not depend on the number of intact records. Shows
/// progress. Throws what opening a store throws, DataError for damage outside of records (of shards it is a problem of
/// the shard), and Interrupted.
VerifyResult verify_store(const std::filesystem::path& folder);

/// Lines for people: one for each damaged record and each shard with a problem, then the sum.
std::string verify_text(const VerifyResult& result);
/// One JSON object.
std::string verify_json(const VerifyResult& result);

}  // namespace soundfold::upkeep
