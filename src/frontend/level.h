// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace soundfold::frontend {

/// The lowest level that is distinguished from digital silence, in dBFS.
inline constexpr float kLowestDbfs = -120.0F;

/// Root-mean-square level of `count` samples: 10 log10 of the mean square, at least kLowestDbfs (also for none); a
/// full-scale sine has -3.01 dBFS.
float level_dbfs(const float* samples, std::size_t count);

}  // namespace soundfold::frontend
