// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace soundfold::shards {

/// Shards of one list at most; beyond that, opening them all at once would not work.
inline constexpr int kMostShards = 100'000;

/// One of the parts that a list of clips is divided into.
struct ShardNumber {
  int index = 0;  ///< from 0 to below `count`
  int count = 1;

  /// "3/8".
  std::string text() const;
  /// Name of its folder: "shard-00003-of-00008".
  std::string folder_name() const;
};

/// Reads "3/8". Throws UsageError for anything else, an index that is not below the count, or more than kMostShards.
ShardNumber shard_number(const std::string& text);

/// The shard that the clip of this name, as the list names it, belongs to: XXH3 (64 bit) of the name, modulo `count`.
int shard_of(std::string_view clip, int count);

}  // namespace soundfold::shards
