// SPDX-License-Identifier: Apache-2.0
#include "frontend/level.h"

#include <algorithm>
#include <cmath>

namespace soundfold::frontend {

float level_dbfs(const float* samples, std::size_t count) {
  double energy = 0;
  for (std::size_t i = 0; i < count; ++i) energy += double{samples[i]} * double{samples[i]};
  if (!(energy > 0)) return kLowestDbfs;
  return std::max(kLowestDbfs, static_cast<float>(10.0 * std::log10(energy / static_cast<double>(count))));
}

}  // namespace soundfold::frontend
