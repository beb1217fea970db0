// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

/// Embeddings compared with each other: one vector for each clip, exact neighbours by cosine.
namespace soundfold::search {

/// N vectors of `size` values each: [N, size], row-major.
struct Vectors {
  std::size_t size = 0;
  std::vector<float> values;
  std::size_t count() const { return size == 0 ? 0 : values.size() / size; }
  const float* row(std::size_t index) const { return values.data() + index * size; }
  float* row(std::size_t index) { return values.data() + index * size; }
};

/// Appends the mean of `row_count` (at least 1) rows [row_count, size]. The first one decides the size where it is 0.
/// Throws UsageError for rows of another size.
void append_mean(Vectors& vectors, const float* rows, std::int64_t row_count, std::int64_t size);

/// Divides each vector by its length, so that the dot product of two is their cosine; zero vectors stay zero.
void to_unit_length(Vectors& vectors);

/// Each value less its mean over all vectors, divided by its standard deviation over them (plus 5 % of the largest, so
/// that values which hardly vary do not count as much as the others), then to_unit_length. A network's embeddings lie
/// in a narrow cone, in which cosines hardly differ; this takes the cone's axis away.
Vectors standardized(const Vectors& vectors);

}  // namespace soundfold::search
