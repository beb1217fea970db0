// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device/torch.h"
#include "heads/segments.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace soundfold::heads {

/// Frames that stay on disk until they are wanted, of sets that are larger than memory.
struct StreamedFrames {
  std::int64_t width = 0;        ///< D
  std::uint64_t most_bytes = 0;  ///< that the frames of one batch may take
  torch::Tensor places = {};     ///< [F, 2] int32 on the CPU: of each frame the number of its record and its row there
  /// The frames [N, D] float32 of `places` [N, 2], on the CPU. Called by several threads at once; throws DataError when
  /// they cannot be read. Null: the frames are in memory.
  std::function<torch::Tensor(const torch::Tensor& places)> read = nullptr;
};

/// Whole clips of a set, one after the other.
struct ClipRun {
  std::int64_t first_clip = 0;
  std::int64_t first_frame = 0;
  std::vector<std::int64_t> counts = {};  ///< frames of each clip
  torch::Tensor frames = {};              ///< [R, D] float32 of these clips, on the set's device
};

/// All frames of a split: in one tensor, or streamed. F frames, C clips, D values per frame, K classes. Frames of a
/// clip are adjacent.
struct FeatureSet {
  torch::Tensor features;       ///< [F, D] float32; undefined when they are streamed
  torch::Tensor clip_of_frame;  ///< [F] int64, index into clips
  /// [C + 1] int64, always on the CPU; clip c has the frames [first_frame[c], first_frame[c + 1]).
  torch::Tensor first_frame;
  torch::Tensor targets;              ///< [C] int64 class index, or [C, K] float32 0/1 when multi-label
  torch::Tensor frame_weights;        ///< [F] float32, of each frame in the training loss; undefined: all 1
  std::vector<std::string> clip_ids;  ///< [C]
  bool multi_label = false;
  /// [F] float32, always on the CPU: level of each frame's sound, for evaluation; undefined: not known.
  torch::Tensor level_dbfs = {};
  StreamedFrames streamed = {};
  bool is_streamed() const { return streamed.read != nullptr; }
  std::int64_t frame_count() const;
  std::int64_t clip_count() const { return static_cast<std::int64_t>(clip_ids.size()); }
  std::int64_t width() const { return is_streamed() ? streamed.width : features.size(1); }  ///< D
  bool empty() const { return clip_ids.empty(); }
  /// Where the tensors are, and the frames that are read.
  torch::Device device() const { return clip_of_frame.defined() ? clip_of_frame.device() : torch::kCPU; }
  /// The frames [N, D] with these numbers [N] int64, both on device().
  torch::Tensor rows(const torch::Tensor& frames) const;
  /// Calls `use` for all clips in their order, some at a time: at most `most_clips` clips of `most_frames` frames
  /// together, but at least one.
  void for_each_run(std::int64_t most_clips, std::int64_t most_frames,
                    const std::function<void(const ClipRun&)>& use) const;
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

/// Keeps the frames with these numbers [N] int64 (on the CPU) in features or streamed, and their levels; nothing else
/// of the set changes.
void keep_frames(FeatureSet& set, const torch::Tensor& frames);

}  // namespace soundfold::heads
