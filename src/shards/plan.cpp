// SPDX-License-Identifier: Apache-2.0
#include "shards/plan.h"

#include "shards/internal/json_fields.h"
#include "shards/shard_number.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/hashing.h"
#include "text/text.h"

#include <limits>

namespace soundfold::shards {
namespace fs = std::filesystem;
namespace {

constexpr const char* kPlanFormat = "soundfold shards";

fs::path plan_file(const fs::path& folder) {
  return folder / "shards.json";
}

std::string plan_text(const Plan& plan) {
  Json json = json_file(kPlanFormat);
  json["shards"] = plan.shards;
  json["list_sha256"] = plan.list_sha256;
  json["list_clips"] = plan.list_clips;
  json["recipe"] = plan.recipe;
  return json_text(json);
}

}  // namespace

std::string Plan::recipe_digest() const {
  return hash_bytes(HashKind::xxh3_128, recipe);
}

bool is_shard_folder(const fs::path& folder) {
  std::error_code failed;
  return fs::exists(plan_file(folder), failed);
}

void refuse_shard_folder(const fs::path& folder) {
  if (!is_shard_folder(folder)) return;
  throw UsageError(folder.string() + ": is a folder of shards, which are never changed; store merge STORE " +
                   folder.string() + " makes one store of them, which can be");
}

Plan read_plan(const fs::path& folder) {
  const JsonFields fields(plan_file(folder), kPlanFormat);
  Plan plan;
  plan.shards = static_cast<int>(fields.number("shards", 1, kMostShards));
  plan.list_sha256 = fields.digest("list_sha256", 64);
  plan.list_clips = fields.number("list_clips", 1, std::numeric_limits<std::int64_t>::max());
  plan.recipe = fields.text("recipe");
  return plan;
}

std::string difference_of(const Plan& plan, const Plan& found) {
  if (plan.shards != found.shards) {
    return std::to_string(found.shards) + " shards instead of " + std::to_string(plan.shards);
  }
  if (plan.list_sha256 != found.list_sha256) {
    return "another list (" + grouped(found.list_clips) + " clips, sha256 " + found.list_sha256.substr(0, 12) +
           "...) instead of that with " + grouped(plan.list_clips) + " clips, sha256 " +
           plan.list_sha256.substr(0, 12) + "...";
  }
  if (plan.recipe_digest() != found.recipe_digest()) {
    return "another recipe (network, precision, channels or hop) of digest " + found.recipe_digest().substr(0, 12) +
           "... instead of " + plan.recipe_digest().substr(0, 12) + "...";
  }
  return "";
}

void agree_on_plan(const fs::path& folder, const Plan& plan) {
  if (!is_shard_folder(folder)) {
    if (fs::exists(folder / "data.mdb")) {
      throw DataError(folder.string() + ": is an embedding store, not a folder of shards; name another folder");
    }
    write_file_atomically(plan_file(folder), plan_text(plan));
  }
  // Read back: another process may have written its own at the same moment.
  const std::string difference = difference_of(read_plan(folder), plan);
  if (difference.empty()) return;
  throw DataError(folder.string() + ": its shards were begun otherwise: given is " + difference +
                  "; give what they were begun with, or name another folder");
}

}  // namespace soundfold::shards
