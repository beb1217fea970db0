// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "testing/testing.h"

#include <filesystem>
#include <string>
#include <vector>

namespace soundfold::testing {

/// A folder with yamnet.pt (small weights), `count` tones below tones/, their list (files.txt) and the store `one` that
/// a single process made of them.
class ClusterPlace {
 public:
  explicit ClusterPlace(int count);

  const std::filesystem::path& path() const { return folder_.path(); }
  std::filesystem::path operator/(const std::string& name) const { return folder_ / name; }

  /// embedder with the weights, one thread and --quiet.
  ProgramResult embedder(std::vector<std::string> arguments, const std::vector<std::string>& environment = {}) const;
  /// embedder --shard SHARD for the list into shards/.
  ProgramResult shard(const std::string& shard, const std::vector<std::string>& more = {}) const;
  /// A file of examples/cluster, which finds the programs in PATH.
  ProgramResult example(const std::string& name, const std::vector<std::string>& arguments) const;
  /// Fails the test unless all shards landed and have the records of `one`, byte for byte.
  void check_union() const;

 private:
  TempFolder folder_;
  int count_;
};

}  // namespace soundfold::testing
