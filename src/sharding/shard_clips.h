// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "extraction/clip_list.h"
#include "shards/plan.h"
#include "shards/shard_number.h"

#include <cstdint>
#include <string>
#include <vector>

namespace soundfold::sharding {

/// sha256 of the names of the clips, each with a line feed: that of a list file with one clip a line, as sha256sum
/// prints it.
std::string list_sha256(const extraction::ClipList& clips);

/// What all shards of the list have in common.
shards::Plan plan_of(const extraction::ClipList& clips, int shard_count, const std::string& recipe_text);

/// The clips of one shard, as indices into the list, ascending. Each clip is in one shard (shards::shard_of()).
std::vector<std::uint32_t> clips_of(const extraction::ClipList& clips, const shards::ShardNumber& shard);

}  // namespace soundfold::sharding
