// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "search/vectors.h"

#include <cstddef>
#include <vector>

namespace soundfold::search {

struct Neighbour {
  std::size_t index = 0;  ///< of its vector
  float cosine = 0;
};

/// The at most `most` vectors of the largest cosine to `query` [size], nearest first (of equals the first): every
/// vector is looked at. `vectors` and `query` have unit length.
std::vector<Neighbour> nearest_to(const Vectors& vectors, const float* query, std::size_t most);

/// The same for every vector, without itself. N^2 dot products, in blocks.
std::vector<std::vector<Neighbour>> nearest_of_each(const Vectors& vectors, std::size_t most);

}  // namespace soundfold::search
