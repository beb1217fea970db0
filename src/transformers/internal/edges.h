// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "transformers/internal/model.h"
#include "transformers/runner.h"

#include <cstdint>

/// What lies around the blocks: from log-mel values to squares, from tokens to means, from means to scores. Private to
/// this room.
namespace soundfold::transformers {

/// The normalised squares of the patches [first, first + shape.patches), as rows of the tokens' linear map:
/// [shape.patches * rows * columns, side * side], frames before bands.
void write_squares(const Patches& patches, std::int64_t first, const Shape& shape, const Model& model, float* squares);

/// The positions for the same tokens: [shape.patches * rows * columns, D].
void write_positions(const Shape& shape, const Model& model, float* tokens);

/// Means over the rows of each column of one patch's tokens [rows * columns, D]: columns [columns, D].
void column_means(const float* tokens, std::int64_t columns, const Geometry& geometry, float* means);

/// Means over `count` rows of `size` values.
void row_means(const float* rows, std::int64_t count, std::int64_t size, float* mean);

/// The head's layer norm of one embedding [D].
void normalise(const float* embedding, const Head& head, double epsilon, float* normed);

}  // namespace soundfold::transformers
