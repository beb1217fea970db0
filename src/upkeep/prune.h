// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace soundfold::upkeep {

/// Which records go. A recipe is named by the start of its digest (4 hexadecimal digits or more) or by one line of its
/// text, such as "patch_hop_frames=24", which names every recipe with that line. Without any rule all records stay.
struct PruneRules {
  std::vector<std::string> recipes;       ///< those of these recipes
  std::vector<std::string> keep_recipes;  ///< or those of all others
  bool missing_files = false;             ///< those whose audio bytes were remembered of files that are all gone
  bool damaged = false;                   ///< those that are damaged
};

/// How much goes for one reason. A record counts once, for the first of its reasons.
struct PruneCount {
  std::int64_t records = 0;
  std::uintmax_t bytes = 0;
};

struct PruneResult {
  std::string folder;
  PruneCount recipes, missing_files, damaged, kept;
  std::int64_t files_forgotten = 0;  ///< remembered files that are gone, with missing_files
  std::int64_t unused_parts = 0;     ///< parts of no record, which always go
  std::uintmax_t file_bytes = 0;     ///< before

  /// Lines for people, ending with a line break.
  std::string text() const;
};

/// Counts what `rules` remove and gives it to `plan`; then, unless `dry_run`, writes what stays to a new file without
/// free room, which takes the old one's place in one step: a process killed at any moment leaves the store as it was or
/// as it will be. Then removes files of clip means (means_file()) of recipes without records. Returns the new file's
/// size in bytes, 0 after a dry run. Needs room on the disk for both files. Shows progress. Throws UsageError for a
/// recipe that the store does not have and for a folder of shards, DataError when another process has the store open (a
/// dry run does not mind) and what opening a store throws, and Interrupted.
std::uintmax_t prune_store(const std::filesystem::path& folder, const PruneRules& rules, bool dry_run,
                           const std::function<void(const PruneResult&)>& plan);

}  // namespace soundfold::upkeep
