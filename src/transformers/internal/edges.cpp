// SPDX-License-Identifier: Apache-2.0
#include "transformers/internal/edges.h"

#include <algorithm>
#include <cmath>

namespace soundfold::transformers {

void write_squares(const Patches& patches, std::int64_t first, const Shape& shape, const Model& model, float* squares) {
  const Geometry& geometry = model.geometry();
  const BandNorm& norm = model.bands();
  const std::int64_t side = geometry.transformer.token_side, bands = geometry.bands;
  for (std::int64_t p = first; p < first + shape.patches;
       ++p, squares += geometry.rows() * shape.columns * side * side) {
    const std::int64_t real_frames = p + 1 == patches.count ? patches.frames - patches.filled : patches.frames;
    for (std::int64_t frame = 0; frame < shape.columns * side; ++frame) {
      const float* from = patches.log_mel + (p * patches.frames + frame) * bands;
      for (std::int64_t band = 0; band < bands; ++band) {
        const auto b = static_cast<std::size_t>(band);
        const std::int64_t token = band / side * shape.columns + frame / side;
        float& value = squares[(token * side + frame % side) * side + band % side];
        value = frame < real_frames ? (from[band] - norm.mean[b]) * norm.factor[b] + norm.bias[b] : 0.0F;
      }
    }
  }
}

void write_positions(const Shape& shape, const Model& model, float* tokens) {
  const Geometry& geometry = model.geometry();
  const std::int64_t d = geometry.transformer.embedding_size;
  for (std::int64_t p = 0; p < shape.patches; ++p) {
    for (std::int64_t row = 0; row < geometry.rows(); ++row) {
      const float* from = model.positions().data() + row * geometry.transformer.max_columns * d;
      tokens = std::copy_n(from, shape.columns * d, tokens);
    }
  }
}

void column_means(const float* tokens, std::int64_t columns, const Geometry& geometry, float* means) {
  const std::int64_t row_values = columns * geometry.transformer.embedding_size;
  row_means(tokens, geometry.rows(), row_values, means);
}

void row_means(const float* rows, std::int64_t count, std::int64_t size, float* mean) {
  std::copy_n(rows, size, mean);
  for (std::int64_t row = 1; row < count; ++row) {
    const float* values = rows + row * size;
    for (std::int64_t i = 0; i < size; ++i) mean[i] += values[i];
  }
  const float share = 1.0F / static_cast<float>(count);
  for (std::int64_t i = 0; i < size; ++i) mean[i] *= share;
}

void normalise(const float* embedding, const Head& head, double epsilon, float* normed) {
  const auto size = static_cast<double>(head.scale.size());
  double mean = 0, variance = 0;
  for (std::size_t i = 0; i < head.scale.size(); ++i) mean += embedding[i] / size;
  for (std::size_t i = 0; i < head.scale.size(); ++i) variance += (embedding[i] - mean) * (embedding[i] - mean) / size;
  const double factor = 1.0 / std::sqrt(variance + epsilon);
  for (std::size_t i = 0; i < head.scale.size(); ++i) {
    normed[i] = static_cast<float>((embedding[i] - mean) * factor * head.scale[i] + head.shift[i]);
  }
}

}  // namespace soundfold::transformers
