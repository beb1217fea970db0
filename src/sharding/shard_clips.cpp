// SPDX-License-Identifier: Apache-2.0
#include "sharding/shard_clips.h"

#include "support/hashing.h"

namespace soundfold::sharding {

std::string list_sha256(const extraction::ClipList& clips) {
  Hasher hasher(HashKind::sha256);
  for (std::size_t i = 0; i < clips.size(); ++i) hasher.update(clips.path(i) + "\n");
  return hasher.hex_digest();
}

shards::Plan plan_of(const extraction::ClipList& clips, int shard_count, const std::string& recipe_text) {
  return {shard_count, list_sha256(clips), static_cast<std::int64_t>(clips.size()), recipe_text};
}

std::vector<std::uint32_t> clips_of(const extraction::ClipList& clips, const shards::ShardNumber& shard) {
  std::vector<std::uint32_t> indices;
  for (std::size_t i = 0; i < clips.size(); ++i) {
    if (shards::shard_of(clips.path(i), shard.count) == shard.index) indices.push_back(static_cast<std::uint32_t>(i));
  }
  return indices;
}

}  // namespace soundfold::sharding
