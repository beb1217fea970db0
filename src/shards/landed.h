// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "shards/manifest.h"
#include "shards/plan.h"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace soundfold::shards {

/// How much of a shard is looked at.
enum class Depth {
  manifest,  ///< the manifest, and whether the store file has the size that it names
  bytes      ///< the store file's sha256 too
};

/// A shard that cannot be used.
struct ShardProblem {
  int index = 0;
  bool missing = false;  ///< it has not landed; otherwise it is damaged, or not of this plan
  std::string problem;   ///< one line
};

/// What is wrong with a shard in `folder`; none when it has landed and fits `plan`. Writes its manifest to `manifest`
/// when that can be read.
std::optional<ShardProblem> problem_of(const std::filesystem::path& folder, const Plan& plan, int index, Depth depth,
                                       Manifest* manifest = nullptr);

/// What the shards of a folder amount to.
struct Survey {
  Plan plan;
  std::vector<ShardProblem> problems;  ///< by index
  int landed = 0;                      ///< shards without a problem, of which the rest counts
  std::int64_t clips = 0, records = 0, patches = 0, bad = 0;
  std::uintmax_t bytes = 0;
};

/// Looks at all shards, on up to `threads` threads (0: all processors). Throws DataError when the folder is not one of
/// shards, and Interrupted.
Survey survey(const std::filesystem::path& folder, Depth depth, int threads);

/// Lines for people: each problem, then the sums.
std::string survey_text(const std::filesystem::path& folder, const Survey& survey);
/// One JSON object.
std::string survey_json(const std::filesystem::path& folder, const Survey& survey);

/// The folders of the stores of all shards, in their order. Throws DataError when one has not landed, has a store file
/// of another size than its manifest says, or belongs to another plan.
std::vector<std::filesystem::path> landed_stores(const std::filesystem::path& folder);

}  // namespace soundfold::shards
