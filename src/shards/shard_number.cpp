// SPDX-License-Identifier: Apache-2.0
#include "shards/shard_number.h"

#include "support/errors.h"
#include "support/hashing.h"
#include "text/text.h"

#include <cstdio>

namespace soundfold::shards {

std::string ShardNumber::text() const {
  return std::to_string(index) + "/" + std::to_string(count);
}

std::string ShardNumber::folder_name() const {
  char name[48];
  std::snprintf(name, sizeof name, "shard-%05d-of-%05d", index, count);
  return name;
}

ShardNumber shard_number(const std::string& text) {
  const auto slash = text.find('/');
  ShardNumber number{-1, -1};
  if (slash != std::string::npos) {
    number = {plain_number(std::string_view(text).substr(0, slash), kMostShards),
              plain_number(std::string_view(text).substr(slash + 1), kMostShards)};
  }
  if (number.index >= 0 && number.count > 0 && number.index < number.count) return number;
  std::string hint;
  if (number.count > 0 && number.index == number.count) {
    hint = "; shards count from 0, so the last one is " + std::to_string(number.count - 1) + "/" +
           std::to_string(number.count);
  }
  throw UsageError("shard '" + shown(text) + "' is not I/N with whole numbers, I from 0 to N - 1 and N from 1 to " +
                   grouped(kMostShards) + hint);
}

int shard_of(std::string_view clip, int count) {
  return static_cast<int>(checksum64(clip.data(), clip.size()) % static_cast<std::uint64_t>(count));
}

}  // namespace soundfold::shards
