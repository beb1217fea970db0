// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device/torch.h"
#include "extraction/extraction.h"

#include <cstdint>
#include <filesystem>
#include <vector>

namespace soundfold::baselines {

/// Means over the patches of each clip, from the store. C clips, E embedding values, S scores.
struct ClipVectors {
  torch::Tensor embeddings;  ///< [C, E] float32; zeros where `known` is false
  torch::Tensor scores;      ///< [C, S] float32; undefined when the records have none
  std::vector<bool> known;   ///< [C]
};

/// `records` has an empty key for a clip that is in no split. Throws DataError when the store cannot be opened or holds
/// none of them, or when the vectors need more than `most_bytes`.
ClipVectors clip_vectors(const std::filesystem::path& store, const std::vector<extraction::ExtractedClip>& records,
                         std::uint64_t most_bytes);

/// For each clip of `from` (some at a time, so that memory stays small) its `count` nearest of `among` by cosine,
/// nearest first: indices into `among`.
struct Nearest {
  torch::Tensor places;   ///< [from, count] int64
  torch::Tensor cosines;  ///< [from, count] float32
};
Nearest nearest(const torch::Tensor& embeddings, const std::vector<std::int64_t>& from,
                const std::vector<std::int64_t>& among, std::int64_t count);

}  // namespace soundfold::baselines
