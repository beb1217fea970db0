// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "shards/plan.h"
#include "shards/shard_number.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace soundfold::shards {

/// A clip of a shard that could not be embedded.
struct BadClip {
  std::string path;     ///< as the list names it
  std::string problem;  ///< why
};

/// What a shard is made of; the file manifest.json in its folder. It says nothing of when, where and by whom it was
/// made: a shard that is made twice has the same bytes.
struct Manifest {
  ShardNumber shard;
  std::string list_sha256;    ///< Plan::list_sha256
  std::string recipe_digest;  ///< Plan::recipe_digest()
  std::int64_t clips = 0;     ///< of the list in this shard, bad ones included
  std::int64_t records = 0;   ///< of its store; equal clips have one
  std::int64_t patches = 0;   ///< of its good clips
  std::vector<BadClip> bad;
  std::uintmax_t bytes = 0;  ///< of its data.mdb
  std::string sha256;        ///< of its data.mdb
};

std::string manifest_text(const Manifest& manifest);
/// Throws DataError when the file is missing or damaged.
Manifest read_manifest(const std::filesystem::path& file);

/// Files of a shard in a folder of shards.
std::filesystem::path data_file(const std::filesystem::path& folder, const ShardNumber& shard);
std::filesystem::path manifest_file(const std::filesystem::path& folder, const ShardNumber& shard);

}  // namespace soundfold::shards
