// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "frontend/recipe.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace soundfold::frontend {

/// Consecutive samples that hold whole patches of a waveform.
struct PatchBlock {
  const float* samples = nullptr;
  std::size_t sample_count = 0;    ///< fewer than the patches need at the end of the waveform: zeros follow
  std::int64_t first_patch = 0;    ///< its number in the waveform; it begins with the block's first sample
  std::vector<float> levels_dbfs;  ///< one for each row (recipe.h): of the samples that it sees, without padding
};

/// Cuts a waveform that arrives in pieces of any size into blocks on patch boundaries (neighbouring blocks overlap
/// where patches do), so that a network that takes waveforms gives the same patches block by block as for the whole, in
/// memory that does not grow with its length: push() pieces, then finish() once.
class PatchBlocks {
 public:
  using Consumer = std::function<void(const PatchBlock&)>;
  /// `patches_per_block` 0: one block, given by finish(), that holds the whole waveform; centered frames want that.
  /// Throws UsageError for a hop below 1.
  PatchBlocks(Consumer consume, int patch_hop_frames, std::int64_t patches_per_block, const InputRecipe& recipe = {});

  void push(const float* samples, std::size_t count);
  /// Gives what is left. Returns the number of patches given, which is recipe.h's patch_count of all samples.
  std::int64_t finish();
  std::int64_t sample_count() const { return received_; }

 private:
  void give(std::int64_t patch_count);

  Consumer consume_;
  InputRecipe recipe_;
  int hop_frames_;
  std::int64_t hop_samples_;
  std::int64_t patches_per_block_;
  std::vector<float> samples_;  ///< from the next block's first sample on
  std::int64_t skip_ = 0;       ///< samples still to come before it: hops may skip some
  std::int64_t received_ = 0;
  std::int64_t patches_ = 0;  ///< given so far
};

}  // namespace soundfold::frontend
