// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "shards/plan.h"
#include "shards/shard_number.h"

#include <filesystem>
#include <string>

namespace soundfold::sharding {

/// The local folder in which one process makes a shard, kept until the shard has landed. What an interrupted process
/// left of the same shard is taken over. Several processes that make one shard at once have a folder each.
class Scratch {
 public:
  /// `parent` is made when missing. Throws DataError.
  Scratch(const std::filesystem::path& parent, const shards::Plan& plan, const shards::ShardNumber& shard);
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  const std::filesystem::path& folder() const { return folder_; }
  /// Removes the folder, and those of the same shard whose processes have ended.
  void remove();

 private:
  std::filesystem::path numbered(int number) const;
  /// The descriptor that locks `folder`; -1 when another process has it.
  static int locked(const std::filesystem::path& folder);

  std::filesystem::path start_;  ///< of the folders' names, before their numbers
  std::filesystem::path folder_;
  int lock_ = -1;
};

}  // namespace soundfold::sharding
