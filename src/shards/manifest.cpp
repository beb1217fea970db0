// SPDX-License-Identifier: Apache-2.0
#include "shards/manifest.h"

#include "shards/internal/json_fields.h"

#include <limits>

namespace soundfold::shards {
namespace fs = std::filesystem;
namespace {

constexpr const char* kManifestFormat = "soundfold shard";
constexpr auto kAny = std::numeric_limits<std::int64_t>::max();

BadClip bad_clip(const JsonFields& fields, const Json& entry) {
  const bool texts =
      entry.is_object() && entry.value("path", Json()).is_string() && entry.value("problem", Json()).is_string();
  if (!texts) fields.refuse("is damaged: an entry of 'bad' has no path or problem");
  return {entry["path"].get<std::string>(), entry["problem"].get<std::string>()};
}

}  // namespace

std::string manifest_text(const Manifest& manifest) {
  Json json = json_file(kManifestFormat);
  json["shard"] = manifest.shard.index;
  json["shards"] = manifest.shard.count;
  json["list_sha256"] = manifest.list_sha256;
  json["recipe_digest"] = manifest.recipe_digest;
  json["clips"] = manifest.clips;
  json["records"] = manifest.records;
  json["patches"] = manifest.patches;
  json["bytes"] = manifest.bytes;
  json["sha256"] = manifest.sha256;
  json["bad"] = Json::array();
  for (const auto& clip : manifest.bad) json["bad"].push_back({{"path", clip.path}, {"problem", clip.problem}});
  return json_text(json);
}

Manifest read_manifest(const fs::path& file) {
  const JsonFields fields(file, kManifestFormat);
  Manifest manifest;
  manifest.shard.count = static_cast<int>(fields.number("shards", 1, kMostShards));
  manifest.shard.index = static_cast<int>(fields.number("shard", 0, manifest.shard.count - 1));
  manifest.list_sha256 = fields.digest("list_sha256", 64);
  manifest.recipe_digest = fields.digest("recipe_digest", 32);
  manifest.clips = fields.number("clips", 0, kAny);
  manifest.records = fields.number("records", 0, kAny);
  manifest.patches = fields.number("patches", 0, kAny);
  manifest.bytes = static_cast<std::uintmax_t>(fields.number("bytes", 0, kAny));
  manifest.sha256 = fields.digest("sha256", 64);
  for (const auto& entry : fields.list("bad")) manifest.bad.push_back(bad_clip(fields, entry));
  return manifest;
}

fs::path data_file(const fs::path& folder, const ShardNumber& shard) {
  return folder / shard.folder_name() / "data.mdb";
}

fs::path manifest_file(const fs::path& folder, const ShardNumber& shard) {
  return folder / shard.folder_name() / "manifest.json";
}

}  // namespace soundfold::shards
