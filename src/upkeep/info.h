// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace soundfold::upkeep {

/// The records of one recipe.
struct RecipeInfo {
  std::string digest;  ///< empty for records whose key names none
  std::string text;    ///< Recipe::text(); empty when the store does not have it
  std::int64_t records = 0;
  std::uintmax_t bytes = 0;
};

/// What a store holds, or what all shards of a folder that have landed hold together.
struct StoreInfo {
  std::string folder;
  int shards = 0;  ///< that the folder is to have; 0: it is a store
  int landed = 0;  ///< of them, intact as far as their manifests say
  int format_version = 0;
  std::int64_t records = 0;
  std::int64_t parts = 0;             ///< of long records
  std::int64_t remembered_files = 0;  ///< whose digests are known
  std::uintmax_t bytes = 0;           ///< of the file or files
  std::uintmax_t free_bytes = 0;      ///< of them
  std::string last_written;           ///< date and time in UTC; empty when no shard has landed
  std::vector<RecipeInfo> recipes;    ///< by digest
};

/// Opens the store, or each shard that has landed, for reading and counts. Throws DataError when there is none, and
/// what opening one throws.
StoreInfo store_info(const std::filesystem::path& folder);

/// Lines for people, ending with a line break.
std::string info_text(const StoreInfo& info);
/// One JSON object.
std::string info_json(const StoreInfo& info);

}  // namespace soundfold::upkeep
