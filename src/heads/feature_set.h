// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device/torch.h"
#include "heads/segments.h"

#include <cstdint>
#include <string>
#include <vector>

namespace soundfold::heads {

/// All frames of a split in one tensor. F frames, C clips, D values per frame, K classes. Frames of a clip are
/// adjacent.
struct FeatureSet {
  torch::Tensor features;       ///< [F, D] float32
  torch::Tensor clip_of_frame;  ///< [F] int64, index into clips
  /// [C + 1] int64, always on the CPU; clip c has the frames [first_frame[c], first_frame[c + 1]).
  torch::Tensor first_frame;
  torch::Tensor targets;              ///< [C] int64 class index, or [C, K] float32 0/1 when multi-label
  torch::Tensor frame_weights;        ///< [F] float32, of each frame in the training loss; undefined: all 1
  std::vector<std::string> clip_ids;  ///< [C]
  bool multi_label = false;
  /// [F] float32, always on the CPU: level of each frame's sound, for evaluation; undefined: not known.
  torch::Tensor level_dbfs = {};
  std::int64_t frame_count() const { return features.defined() ? features.size(0) : 0; }
  std::int64_t clip_count() const { return static_cast<std::int64_t>(clip_ids.size()); }
  bool empty() const { return clip_ids.empty(); }
  FeatureSet to(const torch::Device& device) const;
  /// The frames of each clip, for features on `device`.
  Segments segments(const torch::Device& device = torch::kCPU) const;
};

/// The clips of `first`, then those of `second`; `second` may be empty. Neither may have frame weights. Throws
/// UsageError when they do not fit together.
FeatureSet joined(const FeatureSet& first, const FeatureSet& second);

/// The clips of a set for which `wanted` (one entry per clip) holds, in their order, with all their frames. Frame
/// weights are divided by their new mean.
FeatureSet select_clips(const FeatureSet& set, const std::vector<bool>& wanted);

}  // namespace soundfold::heads
