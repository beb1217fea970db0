// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "frontend/recipe.h"
#include "onnx/internal/operations.h"

#include <string>

/// From samples to log-mel values. Private to this room.
namespace soundfold::onnx {

/// Adds the operations from `samples` [B, window_samples + (T - 1) * hop_samples] to log-mel values [B, T, bands] as
/// frontend/ computes them: periodic Hann window, magnitude or power, triangles, logarithm or decibels. `frames` is T,
/// a scalar.
///
/// The spectrum is a product with cosines and sines about the middle of the window, where the window is symmetric: the
/// phase does not change a magnitude, the samples before and after the middle are added and subtracted first, and half
/// of the multiplications are left. It is in float64: in float32 the log of silent bands beside a loud tone would be
/// wrong by 1e-3.
std::string add_log_mel(GraphBuilder& builder, const std::string& samples, const std::string& frames,
                        const frontend::InputRecipe& recipe);

/// Which rows belong to each of several groups: [groups, size], of which group g begins at row g * step. `groups` is
/// the name of 0, 1, ...
std::string add_rows(GraphBuilder& builder, const std::string& groups, std::int64_t step, std::int64_t size,
                     const std::string& name);

/// `values`, not below `least`, in decibels.
std::string add_decibels(GraphBuilder& builder, const std::string& values, double least, const std::string& name);

}  // namespace soundfold::onnx
