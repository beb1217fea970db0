// SPDX-License-Identifier: Apache-2.0
#include "search/internal/coarse.h"

#include <algorithm>
#include <cmath>

namespace soundfold::search {
namespace {

constexpr double kOne = 32'767;  ///< what stands for 1

}  // namespace

void append_coarse(std::vector<std::int16_t>& to, const float* unit, std::size_t size) {
  for (std::size_t k = 0; k < size; ++k) {
    const double value = std::nearbyint(static_cast<double>(unit[k]) * kOne);
    to.push_back(static_cast<std::int16_t>(std::clamp(value, -kOne, kOne)));
  }
}

std::int32_t coarse_dot(const std::int16_t* one, const std::int16_t* other, std::size_t size) {
  std::int32_t sum = 0;  // the compiler makes multiply-adds of 16-bit vectors of this loop
  for (std::size_t k = 0; k < size; ++k) sum += static_cast<std::int32_t>(one[k]) * static_cast<std::int32_t>(other[k]);
  return sum;
}

double coarse_cosine(std::int32_t dot) {
  return static_cast<double>(dot) / (kOne * kOne);
}

double coarse_error(std::size_t size) {
  // Rounding moves a vector x by at most e = sqrt(size) / 2 / kOne to x'. Then |q.x - q'.x'| <= |q - q'| |x| + |q'| |x
  // - x'|
  // <= e + (1 + e) e by the inequality of Cauchy and Schwarz. The rest is for what float32 rounds, and for a record
  // that was written again with other last bits.
  constexpr double kRest = 1e-5;
  const double e = std::sqrt(static_cast<double>(size)) / 2 / kOne;
  return e + (1 + e) * e + kRest;
}

}  // namespace soundfold::search
