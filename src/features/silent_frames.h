// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/experiment.h"
#include "dataset/dataset.h"
#include "device/torch.h"
#include "extraction/extraction.h"
#include "heads/feature_set.h"
#include "store/store.h"

#include <cstdint>
#include <string>
#include <vector>

namespace soundfold::features {

/// How silent each frame is, [F] float32, in the frames' order of gather_features: its level in dBFS (measure: level),
/// or YAMNet's score for its class number `silence_class` (measure: score). Throws DataError when a record is missing
/// or its network has no such class.
torch::Tensor silence_of_frames(const std::vector<std::size_t>& indices,
                                const std::vector<extraction::ExtractedClip>& extracted, const store::Store& store,
                                const config::Silence& silence, std::int64_t silence_class);

/// What was done with the silent frames of a training set.
struct SilentFrames {
  std::int64_t silent = 0;  ///< frames that count as silent
  std::int64_t frames = 0;  ///< all frames
  std::string rule;         ///< "below -60 dBFS"
  std::string action;       ///< "dropped", "weighted 0.1"
  /// "37 of 160 training frames are silent (below -60 dBFS): dropped"
  std::string text() const;
};

/// Drops (silence.frames: drop) or weights (weight) the silent frames of `set`, which is for training only. Silent is a
/// frame below threshold_dbfs, or of at least threshold_score. A clip of silent frames only keeps its least silent one
/// (of equals the first), which then counts as not silent. Weights are 1 and silence.weight, divided by their mean over
/// all frames, so that the mean weight of a frame is 1 and the loss keeps its size. `measured` is [F].
/// keep: nothing changes, everything is counted as not silent.
SilentFrames treat_silent_frames(heads::FeatureSet& set, const torch::Tensor& measured, const config::Silence& silence);

}  // namespace soundfold::features
