// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engines/backbone.h"
#include "extraction/clip_list.h"
#include "extraction/extraction.h"
#include "sharding/heartbeat.h"
#include "shards/manifest.h"

#include <chrono>
#include <filesystem>
#include <string>

namespace soundfold::sharding {

struct ShardOptions {
  std::filesystem::path folder;   ///< where the shards land; several machines may share it
  std::filesystem::path scratch;  ///< on a local disk: where the shard is made
  extraction::ExtractionOptions extraction;
  bool again = false;  ///< make the shard though it has landed
  WriteLine heartbeat;
  std::chrono::milliseconds heartbeat_interval{10'000};
};

struct ShardOutcome {
  shards::Manifest manifest;
  bool present = false;  ///< it had landed before; nothing was done
  extraction::ExtractionTotals totals;

  /// "shard 3/8 landed in shared: 250 clips, 0 bad, 250 records, 15.5 MB; 250/250 clips extracted in 9.1 s (...)".
  std::string summary(const std::filesystem::path& folder) const;
  /// One JSON object: the manifest, and what was done.
  std::string json() const;
};

/// The folder for scratch where none is named: TMPDIR, or /tmp.
std::filesystem::path default_scratch();

/// Embeds the clips of one shard of the list and lands it. An interrupted call (Ctrl-C, SIGTERM, kill -9) leaves its
/// store in the scratch folder; the next call for the shard with the same scratch resumes from there. Calls for one
/// shard may run at once, on one machine or several: they land the same bytes. Throws DataError when the folder has
/// shards of another list, recipe or number, for a bad clip (see ExtractionOptions) and what cannot be written;
/// Interrupted, whose text says how to resume.
ShardOutcome run_shard(const extraction::ClipList& clips, const shards::ShardNumber& shard, engines::Backbone& backbone,
                       const ShardOptions& options);

}  // namespace soundfold::sharding
