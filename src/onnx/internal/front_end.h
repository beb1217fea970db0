// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "frontend/recipe.h"
#include "onnx/graph.h"

/// From a waveform to patches. Private to this room.
namespace soundfold::onnx {

/// Names of values in the graph. B waveforms of one length, P patches of each.
struct Patches {
  std::string patches;  ///< [B * P, 1, frames, bands]
  std::string batch;    ///< [1]: B
  std::string samples;  ///< a scalar: of each waveform, as given
  std::string padded;   ///< [B, samples of P whole patches]
  std::string numbers;  ///< [P]: 0, 1, ...
};

/// Adds the operations from `waveform` [B, samples] to log-mel patches as frontend/ computes them: zeros at the end up
/// to a whole patch, periodic Hann window, magnitude, mel-linear triangles, ln(x + offset).
///
/// The spectrum is a product with cosines and sines about the middle of the window, where the window is symmetric: the
/// phase does not change a magnitude, the samples before and after the middle are added and subtracted first, and half
/// of the multiplications are left. It is in float64: in float32 the log of silent bands beside a loud tone would be
/// wrong by 1e-3.
Patches add_front_end(GraphBuilder& builder, const std::string& waveform, const frontend::InputRecipe& recipe,
                      int patch_hop_frames);

/// The level of each patch, [B, P], in dBFS: frontend::level_dbfs() of the samples that it sees, without padding.
std::string add_levels(GraphBuilder& builder, const Patches& patches, const frontend::InputRecipe& recipe,
                       int patch_hop_frames);

}  // namespace soundfold::onnx
