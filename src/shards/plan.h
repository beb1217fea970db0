// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

/// Folders of shards: each shard is a store of its own, made by one process, that lies there complete and is never
/// changed. docs/store_format.md describes the files.
namespace soundfold::shards {

/// What all shards of a folder have in common; the file shards.json in it.
struct Plan {
  int shards = 0;           ///< how many the list is divided into
  std::string list_sha256;  ///< of the names of its clips, each with a line feed, in their order
  std::int64_t list_clips = 0;
  std::string recipe;  ///< text of what decides the embeddings (store::Recipe::text())

  /// xxh3_128 of `recipe`, as keys of records have it.
  std::string recipe_digest() const;
};

/// Whether shards are collected in this folder.
bool is_shard_folder(const std::filesystem::path& folder);

/// For what changes a store: throws UsageError when `folder` is one of shards.
void refuse_shard_folder(const std::filesystem::path& folder);

/// Throws DataError when the file is missing or damaged.
Plan read_plan(const std::filesystem::path& folder);

/// Writes the plan when the folder has none yet, and makes the folder. Throws DataError when it has another one: which
/// part differs; or cannot be written, or is a store.
void agree_on_plan(const std::filesystem::path& folder, const Plan& plan);

/// What differs between a plan and what `found` says of a shard or of a list, for a message; empty when nothing does.
std::string difference_of(const Plan& plan, const Plan& found);

}  // namespace soundfold::shards
