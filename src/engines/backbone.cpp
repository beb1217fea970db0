// SPDX-License-Identifier: Apache-2.0
#include "engines/backbone.h"

#include "support/errors.h"

namespace soundfold::engines {

void Backbone::check_frames(std::int64_t frames) const {
  const std::int64_t most = input().patch_frames;
  const std::int64_t least = input().has_short_patches() ? input().min_patch_frames : most;
  if (frames >= least && frames <= most) return;
  throw UsageError("the network takes patches of " + (least < most ? std::to_string(least) + " to " : "") +
                   std::to_string(most) + " frames, given: " + std::to_string(frames));
}

void Backbone::run_frames(const float* patches, std::int64_t patch_count, std::int64_t frames, float* embeddings,
                          float* scores) {
  check_frames(frames);
  run(patches, patch_count, embeddings, scores);
}

}  // namespace soundfold::engines
