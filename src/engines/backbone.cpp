// SPDX-License-Identifier: Apache-2.0
#include "engines/backbone.h"

#include "support/errors.h"

namespace soundfold::engines {

void Backbone::run_frames(const float* patches, std::int64_t patch_count, std::int64_t frames, float* embeddings,
                          float* scores) {
  if (frames != input().patch_frames) {
    throw UsageError("the network takes patches of " + std::to_string(input().patch_frames) +
                     " frames, given: " + std::to_string(frames));
  }
  run(patches, patch_count, embeddings, scores);
}

}  // namespace soundfold::engines
