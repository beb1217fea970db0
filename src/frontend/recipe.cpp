// SPDX-License-Identifier: Apache-2.0
#include "frontend/recipe.h"

#include "support/errors.h"

#include <algorithm>
#include <string>

namespace soundfold::frontend {

void check_patch_hop(std::int64_t patch_hop_frames) {
  if (patch_hop_frames >= 1 && patch_hop_frames <= kMaxPatchHopFrames) return;
  throw UsageError("patch_hop_frames: " + std::to_string(patch_hop_frames) + " given, 1 to " +
                   std::to_string(kMaxPatchHopFrames) + " are allowed (frames of 10 ms; YAMNet's own is 48)");
}

std::int64_t patch_count(std::int64_t sample_count, int patch_hop_frames, const InputRecipe& recipe) {
  check_patch_hop(patch_hop_frames);
  if (sample_count < 0) {
    throw UsageError("patch count: a waveform cannot have " + std::to_string(sample_count) + " samples");
  }
  const std::int64_t beyond_first = std::max<std::int64_t>(0, sample_count - recipe.patch_window_samples());
  const std::int64_t hop_samples = recipe.patch_hop_samples(patch_hop_frames);
  const std::int64_t hops_needed = beyond_first / hop_samples + (beyond_first % hop_samples != 0 ? 1 : 0);
  const std::int64_t hops_inside = std::max<std::int64_t>(0, sample_count - 1) / hop_samples;
  return 1 + std::min(hops_needed, hops_inside);
}

std::int64_t padded_length(std::int64_t sample_count, int patch_hop_frames, const InputRecipe& recipe) {
  const std::int64_t hops = patch_count(sample_count, patch_hop_frames, recipe) - 1;
  return std::max(sample_count, recipe.patch_window_samples() + recipe.patch_hop_samples(patch_hop_frames) * hops);
}

std::int64_t frame_count(std::int64_t padded_samples, const InputRecipe& recipe) {
  const std::int64_t beyond_first = padded_samples - recipe.window_samples;
  return beyond_first < 0 ? 0 : 1 + beyond_first / recipe.hop_samples;
}

}  // namespace soundfold::frontend
