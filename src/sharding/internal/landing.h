// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "shards/manifest.h"

#include <filesystem>

namespace soundfold::sharding {

/// Writes the store of a shard once more, in the order of its keys, so that its bytes depend on its records alone, and
/// not on how often the extraction was interrupted; verifies each record meanwhile. `made` is the store, `sealed` the
/// folder for the new one, which is removed first. Fills records, bytes and sha256 of `manifest`. Throws DataError for
/// a damaged record, and Interrupted.
void seal(const std::filesystem::path& made, const std::filesystem::path& sealed, shards::Manifest& manifest);

/// Copies the sealed store and writes its manifest into `folder`, each under a temporary name that becomes the last one
/// when the bytes are on the disk. The manifest of other bytes that landed before is removed first: readers see no
/// shard, or a complete one, at whatever moment the process ends. Throws DataError.
void land(const std::filesystem::path& sealed, const std::filesystem::path& folder, const shards::Manifest& manifest);

}  // namespace soundfold::sharding
