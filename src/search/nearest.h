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

/// For every vector, of unit length, the at most `most` others of the largest cosine to it, nearest first (of equals
/// the first). Exact: N^2 dot products, in blocks.
std::vector<std::vector<Neighbour>> nearest_of_each(const Vectors& vectors, std::size_t most);

}  // namespace soundfold::search
