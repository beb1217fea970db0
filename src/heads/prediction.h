// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device/torch.h"
#include "heads/feature_set.h"
#include "heads/head.h"

#include <cstdint>

namespace soundfold::heads {

/// Logits of a trained head, in eval mode, without gradients, on the head's device: frames [F, K] and clips [C, K].
struct Predictions {
  torch::Tensor frame_logits;  ///< undefined when not asked for and not needed
  torch::Tensor clip_logits;
};
/// Works through whole clips, about `batch_frames` frames at a time.
Predictions predict(Head& head, const FeatureSet& features, std::int64_t batch_frames = 8192, bool with_frames = true);

}  // namespace soundfold::heads
