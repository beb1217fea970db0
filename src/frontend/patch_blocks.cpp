// SPDX-License-Identifier: Apache-2.0
#include "frontend/patch_blocks.h"

#include "frontend/level.h"

#include <algorithm>
#include <utility>

namespace soundfold::frontend {

PatchBlocks::PatchBlocks(Consumer consume, int patch_hop_frames, std::int64_t patches_per_block,
                         const InputRecipe& recipe)
    : consume_(std::move(consume)),
      recipe_(recipe),
      hop_frames_(patch_hop_frames),
      hop_samples_(recipe.patch_hop_samples(patch_hop_frames)),
      patches_per_block_(patches_per_block) {
  check_patch_hop(patch_hop_frames, recipe);
}

void PatchBlocks::push(const float* samples, std::size_t count) {
  received_ += static_cast<std::int64_t>(count);
  const std::int64_t skipped = std::min(skip_, static_cast<std::int64_t>(count));
  skip_ -= skipped;
  samples_.insert(samples_.end(), samples + skipped, samples + count);
  if (patches_per_block_ == 0) return;
  const auto needed =
      static_cast<std::size_t>(recipe_.patch_window_samples() + (patches_per_block_ - 1) * hop_samples_);
  while (samples_.size() >= needed) give(patches_per_block_);
}

std::int64_t PatchBlocks::finish() {
  const std::int64_t left = patch_count(received_, hop_frames_, recipe_) - patches_;
  if (left > 0) give(left);
  return patches_;
}

void PatchBlocks::give(std::int64_t patches) {
  const auto held = static_cast<std::int64_t>(samples_.size());
  const std::int64_t needed = recipe_.patch_window_samples() + (patches - 1) * hop_samples_;
  PatchBlock block;
  block.samples = samples_.data();
  block.sample_count = static_cast<std::size_t>(std::min(held, needed));
  block.first_patch = patches_;
  const bool whole = patches_per_block_ == 0;
  const std::int64_t rows = whole ? row_count(received_, hop_frames_, recipe_) : patches;
  const std::int64_t row_samples =
      recipe_.row_frames > 0 ? recipe_.row_frames * recipe_.hop_samples : recipe_.patch_window_samples();
  for (std::int64_t row = 0; row < rows; ++row) {
    const std::int64_t begin = whole ? row_start(row, received_, hop_frames_, recipe_) : row * hop_samples_;
    const std::int64_t start = std::min(held, begin);
    const std::int64_t seen = std::min(row_samples, held - start);
    block.levels_dbfs.push_back(level_dbfs(samples_.data() + start, static_cast<std::size_t>(seen)));
  }
  consume_(block);
  patches_ += patches;
  const std::int64_t used = std::min(held, patches * hop_samples_);
  skip_ += patches * hop_samples_ - used;
  samples_.erase(samples_.begin(), samples_.begin() + used);
}

}  // namespace soundfold::frontend
