// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "search/vectors.h"
#include "store/store.h"

#include <cstdint>
#include <string>
#include <vector>

namespace soundfold::search {

/// A clip of the store, and what the store knows of it.
struct StoredClip {
  std::string audio_digest;        ///< of its file's bytes
  std::vector<std::string> files;  ///< where files of these bytes were when they were embedded; may be empty
  std::int64_t patch_count = 0;
  double seconds = 0;
};

/// The clips of a store that were embedded by one recipe.
struct StoredMeans {
  std::vector<StoredClip> clips;
  Vectors means;  ///< of each clip's embeddings, of unit length: [clips, E]
  std::int64_t damaged = 0;
};

/// Reads the records whose keys end with `recipe_digest`, in the order of their keys; checksums are verified, damaged
/// records are left out and counted. Reads them whole: the store keeps patches, not means.
StoredMeans stored_means(const store::Store& store, const std::string& recipe_digest);

}  // namespace soundfold::search
