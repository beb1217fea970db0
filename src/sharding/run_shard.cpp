// SPDX-License-Identifier: Apache-2.0
#include "sharding/run_shard.h"

#include "sharding/internal/landing.h"
#include "sharding/internal/scratch.h"
#include "sharding/shard_clips.h"
#include "shards/landed.h"
#include "store/store.h"
#include "support/errors.h"
#include "support/files.h"
#include "text/text.h"

#include <nlohmann/json.hpp>

#include <cstdlib>

namespace soundfold::sharding {
namespace fs = std::filesystem;
namespace {

/// Embeds the shard's clips into the store in `made`, and takes what the manifest says of them.
extraction::ExtractionTotals embed_clips(const extraction::ClipList& clips, engines::Backbone& backbone,
                                         const ShardOptions& options, const fs::path& made, Heartbeat& heartbeat,
                                         shards::Manifest& manifest) {
  const auto indices = clips_of(clips, manifest.shard);
  const extraction::ClipSource source{indices.size(), [&](std::size_t i) {
                                        const std::string path = clips.path(indices[i]);
                                        return extraction::ClipFile{path, path};
                                      }};
  extraction::ExtractionOptions extraction = options.extraction;
  extraction.on_clip = [&](std::int64_t done, std::int64_t bad) { heartbeat.note(done, bad); };
  store::Store store(made);
  extraction::ClipResults results;
  const auto totals = extraction::extract(source, backbone, store, extraction, results);
  for (std::size_t i = 0; i < indices.size(); ++i) {
    if (const auto problem = results.problem(i)) manifest.bad.push_back({clips.path(indices[i]), *problem});
  }
  manifest.clips = totals.clip_count;
  manifest.patches = totals.patches;
  return totals;
}

void make_shard(const extraction::ClipList& clips, engines::Backbone& backbone, const ShardOptions& options,
                const shards::Plan& plan, Heartbeat& heartbeat, ShardOutcome& outcome) {
  Scratch scratch(options.scratch, plan, outcome.manifest.shard);
  try {
    outcome.totals = embed_clips(clips, backbone, options, scratch.folder() / "store", heartbeat, outcome.manifest);
    seal(scratch.folder() / "store", scratch.folder() / "sealed", outcome.manifest);
  } catch (const Interrupted& stop) {
    heartbeat.finish("interrupted");
    throw Interrupted(std::string("shard ") + outcome.manifest.shard.text() + " has not landed: " + stop.what() +
                          ", where the scratch folder " + options.scratch.string() + " still is",
                      stop.signal);
  }
  land(scratch.folder() / "sealed", options.folder, outcome.manifest);
  shards::agree_on_plan(options.folder, plan);  // two lists may have been begun at the same moment
  scratch.remove();
}

}  // namespace

fs::path default_scratch() {
  const char* const folder = std::getenv("TMPDIR");
  return folder == nullptr || *folder == '\0' ? fs::path("/tmp") : fs::path(folder);
}

ShardOutcome run_shard(const extraction::ClipList& clips, const shards::ShardNumber& shard, engines::Backbone& backbone,
                       const ShardOptions& options) {
  const auto plan = plan_of(clips, shard.count, extraction::recipe_for(backbone, options.extraction).text());
  shards::agree_on_plan(options.folder, plan);
  ShardOutcome outcome;
  if (!options.again && !problem_of(options.folder, plan, shard.index, shards::Depth::manifest, &outcome.manifest)) {
    outcome.present = true;
    Heartbeat(options.heartbeat, shard, outcome.manifest.clips, options.heartbeat_interval).finish("present");
    return outcome;
  }
  outcome.manifest = {};
  outcome.manifest.shard = shard;
  outcome.manifest.list_sha256 = plan.list_sha256;
  outcome.manifest.recipe_digest = plan.recipe_digest();
  const auto total = static_cast<std::int64_t>(clips_of(clips, shard).size());
  Heartbeat heartbeat(options.heartbeat, shard, total, options.heartbeat_interval);
  make_shard(clips, backbone, options, plan, heartbeat, outcome);
  heartbeat.finish("landed");
  return outcome;
}

std::string ShardOutcome::summary(const fs::path& folder) const {
  return "shard " + manifest.shard.text() + (present ? " had landed in " : " landed in ") + folder.string() + ": " +
         grouped(manifest.clips) + " clips, " + grouped(static_cast<std::int64_t>(manifest.bad.size())) + " bad, " +
         grouped(manifest.records) + " records, " + human_size(manifest.bytes) +
         (present ? std::string() : "; " + totals.summary());
}

std::string ShardOutcome::json() const {
  auto json = nlohmann::ordered_json::parse(shards::manifest_text(manifest));
  json["present"] = present;
  json["computed"] = totals.computed;
  json["from_store"] = totals.from_store;
  json["seconds"] = totals.seconds;
  json["audio_seconds_computed"] = totals.audio_seconds_computed;
  return json.dump(1) + "\n";
}

}  // namespace soundfold::sharding
