// SPDX-License-Identifier: Apache-2.0
#include "search/vectors.h"

#include "support/errors.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace soundfold::search {

void append_mean(Vectors& vectors, const float* rows, std::int64_t row_count, std::int64_t size) {
  if (vectors.size == 0) vectors.size = static_cast<std::size_t>(size);
  if (row_count < 1 || size < 1 || vectors.size != static_cast<std::size_t>(size)) {
    throw UsageError("search: a clip of " + std::to_string(row_count) + " patches of " + std::to_string(size) +
                     " values among vectors of " + std::to_string(vectors.size));
  }
  std::vector<double> sum(vectors.size);
  for (std::int64_t row = 0; row < row_count; ++row) {
    const float* values = rows + row * size;
    for (std::size_t k = 0; k < vectors.size; ++k) sum[k] += static_cast<double>(values[k]);
  }
  for (const double value : sum) vectors.values.push_back(static_cast<float>(value / static_cast<double>(row_count)));
}

void to_unit_length(Vectors& vectors) {
  for (std::size_t i = 0; i < vectors.count(); ++i) {
    float* row = vectors.row(i);
    double squares = 0;
    for (std::size_t k = 0; k < vectors.size; ++k) squares += static_cast<double>(row[k]) * static_cast<double>(row[k]);
    if (squares == 0) continue;
    const auto factor = static_cast<float>(1 / std::sqrt(squares));
    for (std::size_t k = 0; k < vectors.size; ++k) row[k] *= factor;
  }
}

Vectors standardized(const Vectors& vectors) {
  Vectors result = vectors;
  const std::size_t count = vectors.count(), size = vectors.size;
  std::vector<double> mean(size), deviation(size);
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t k = 0; k < size; ++k) mean[k] += static_cast<double>(vectors.row(i)[k]);
  }
  for (auto& value : mean) value /= static_cast<double>(count);
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t k = 0; k < size; ++k) {
      const double gap = static_cast<double>(vectors.row(i)[k]) - mean[k];
      deviation[k] += gap * gap;
    }
  }
  for (auto& value : deviation) value = std::sqrt(value / static_cast<double>(count));
  const double least = deviation.empty() ? 0 : 0.05 * *std::max_element(deviation.begin(), deviation.end());
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t k = 0; k < size; ++k) {
      const double spread = deviation[k] + least;
      const double gap = static_cast<double>(vectors.row(i)[k]) - mean[k];
      result.row(i)[k] = spread > 0 ? static_cast<float>(gap / spread) : 0;
    }
  }
  to_unit_length(result);
  return result;
}

}  // namespace soundfold::search
