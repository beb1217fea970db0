// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "search/vectors.h"
#include "store/store.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace soundfold::search {

/// A clip of the store that a search found.
struct FoundClip {
  std::string audio_digest;  ///< of its file's bytes
  double cosine = 0;         ///< of the means of its embeddings and of the query's
  std::int64_t patch_count = 0;
  double seconds = 0;
};

struct StoreSearch {
  std::vector<FoundClip> nearest;  ///< first the nearest; of equals the one with the smaller digest
  std::int64_t clips = 0;          ///< that were compared
  std::int64_t damaged = 0;        ///< records that were met, and left out
};

/// The at most `most` clips of the largest cosine to the one vector of `query`, of unit length, among the records whose
/// keys end with `recipe_digest`. Exact: every clip counts, by the mean of its record's embeddings, checksums verified.
/// Means of all clips lie in a file beside the store (store::means_file()), in 16 bits; they decide which records can
/// be among the nearest, and these are read. Clips that the file lacks are read and appended first; the file is made,
/// repaired or, when most of its clips are gone, made again. Where it cannot be written, the search does without. Shows
/// progress. Throws UsageError for records of another vector size, Interrupted, and what the store throws.
StoreSearch nearest_clips(const store::Store& store, const std::string& recipe_digest, const Vectors& query,
                          std::size_t most);

}  // namespace soundfold::search
