// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

/// Vectors of unit length in 16 bits, so that a search reads half as much, and how far their cosines can be wrong.
namespace soundfold::search {

/// Appends a vector of unit length [size] to `to`, each value times 32,767 and rounded.
void append_coarse(std::vector<std::int16_t>& to, const float* unit, std::size_t size);

/// Dot product of two such vectors [size]. Fits 32 bits, as do its partial sums: both have a length of about 32,767.
std::int32_t coarse_dot(const std::int16_t* one, const std::int16_t* other, std::size_t size);

/// The cosine that a dot product stands for; coarse_error() tells how exactly.
double coarse_cosine(std::int32_t dot);

/// The most by which coarse_cosine() of two vectors of `size` values differs from their cosine.
double coarse_error(std::size_t size);

}  // namespace soundfold::search
