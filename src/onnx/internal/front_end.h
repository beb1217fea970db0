// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "frontend/recipe.h"
#include "onnx/internal/operations.h"

#include <string>

/// From a waveform to patches. Private to this room.
namespace soundfold::onnx {

/// Names of values in the graph. B waveforms of one length, P patches of each, of F frames.
struct Patches {
  std::string patches;  ///< [B * P, 1, F, bands]
  std::string frames;   ///< [1]: F, where it depends on the waveform; empty: the recipe's patch_frames
  std::string batch;    ///< [1]: B
};

/// Adds the operations from `waveform` [B, samples] to log-mel patches as frontend/ computes them, and beside them the
/// level of each patch, "window_levels" [B, P], in dBFS: frontend::level_dbfs() of the samples that it sees, without
/// padding.
Patches add_front_end(GraphBuilder& builder, const std::string& waveform, const frontend::InputRecipe& recipe,
                      int patch_hop_frames);

/// Waveforms that come in.
struct Waveforms {
  std::string values;   ///< [B, samples]
  std::string samples;  ///< a scalar: of each
};

/// The part of add_front_end() for recipes whose patches may be short: frames are centered, ends mirrored, a waveform
/// of fewer frames than a patch is one patch, and the last patch of a longer one lies at its end. Without `batch`.
Patches add_short_patches(GraphBuilder& builder, const Waveforms& waveforms, const frontend::InputRecipe& recipe,
                          int patch_hop_frames);

/// `waveform` with so many zeros (a scalar) at its end.
std::string add_zeros(GraphBuilder& builder, const std::string& waveform, const std::string& count,
                      const std::string& name);

/// Cells of `size` samples of a padded waveform, by which levels are computed.
struct Cells {
  std::string waveform;   ///< [B, whole number of cells]
  std::int64_t size = 0;  ///< samples of a cell
  std::string rows;       ///< [P, N]: the cells of each patch
  std::string seen;       ///< [P]: samples of the waveform that each patch sees
};

/// Adds "window_levels" [B, P].
void add_levels(GraphBuilder& builder, const Cells& cells);

}  // namespace soundfold::onnx
