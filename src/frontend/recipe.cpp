// SPDX-License-Identifier: Apache-2.0
#include "frontend/recipe.h"

#include "support/errors.h"

#include <algorithm>
#include <string>

namespace soundfold::frontend {

std::int64_t patch_count(std::int64_t sample_count, int patch_hop_frames) {
  if (patch_hop_frames < 1) {
    throw UsageError("patch hop: " + std::to_string(patch_hop_frames) + " frames given, at least 1 is needed");
  }
  if (sample_count < 0) {
    throw UsageError("patch count: a waveform cannot have " + std::to_string(sample_count) + " samples");
  }
  const std::int64_t beyond_first = std::max<std::int64_t>(0, sample_count - kPatchWindowSamples);
  const std::int64_t hop_samples = std::int64_t{kHopSamples} * patch_hop_frames;
  return 1 + beyond_first / hop_samples + (beyond_first % hop_samples != 0 ? 1 : 0);
}

std::int64_t padded_length(std::int64_t sample_count, int patch_hop_frames) {
  const std::int64_t hops = patch_count(sample_count, patch_hop_frames) - 1;
  return kPatchWindowSamples + std::int64_t{kHopSamples} * patch_hop_frames * hops;
}

std::int64_t frame_count(std::int64_t padded_samples) {
  return padded_samples < kWindowSamples ? 0 : 1 + (padded_samples - kWindowSamples) / kHopSamples;
}

}  // namespace soundfold::frontend
