// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/experiment.h"
#include "dataset/dataset.h"
#include "embeddings/extraction.h"
#include "embeddings/store.h"
#include "support/torch.h"
#include "training/segments.h"

#include <cstdint>
#include <string>
#include <vector>

namespace soundfold::training {

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
  std::int64_t frame_count() const { return features.defined() ? features.size(0) : 0; }
  std::int64_t clip_count() const { return static_cast<std::int64_t>(clip_ids.size()); }
  bool empty() const { return clip_ids.empty(); }
  FeatureSet to(const torch::Device& device) const;
  /// The frames of each clip, for features on `device`.
  Segments segments(const torch::Device& device = torch::kCPU) const;
};

/// Values per frame for `input` (embeddings, scores, both), given the backbone's sizes.
std::int64_t input_size(const std::string& input, std::int64_t embedding_size, std::int64_t score_count);

/// Gathers the clips `indices` of `dataset` from the store, in that order, straight from its memory map. `extracted`
/// has one entry per clip of `dataset`. Bad clips (an empty key there) are left out. Throws DataError when a record is
/// missing.
FeatureSet gather_features(const dataset::Dataset& dataset, const std::vector<std::size_t>& indices,
                           const std::vector<embeddings::ExtractedClip>& extracted, const embeddings::Store& store,
                           const std::string& input);

/// The clips of `first`, then those of `second`; `second` may be empty. Neither may have frame weights. Throws
/// UsageError when they do not fit together.
FeatureSet joined(const FeatureSet& first, const FeatureSet& second);

}  // namespace soundfold::training
