// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "testing/ced_signals.h"
#include "testing/testing.h"
#include "text/npy.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

/// Reference values of CED's network, from log-mel values on; computed in float64 elsewhere.
namespace soundfold::testing {

inline NpyArray ced_reference(const std::string& name) {
  return read_npy(assets_folder() / "reference_ced" / (name + ".npy"));
}

/// The log-mel values of a signal cut into patches as CED's authors do it.
struct CedClip {
  std::vector<float> log_mel;  ///< [patches, frames, 64]
  std::int64_t patches = 1, frames = 0;
  std::int64_t filled = 0;  ///< frames at the end of the last patch
};

inline CedClip ced_clip(const std::string& signal) {
  constexpr std::int64_t kMostFrames = 1'012, kBands = 64;
  const NpyArray bands_first = ced_reference(signal + ".log_mel");
  const std::int64_t frames = bands_first.shape.at(1);
  CedClip clip;
  clip.patches = (frames + kMostFrames - 1) / kMostFrames;
  clip.frames = std::min(frames, kMostFrames);
  clip.filled = clip.patches * clip.frames - frames;
  clip.log_mel.resize(static_cast<std::size_t>(clip.patches * clip.frames * kBands));
  for (std::int64_t band = 0; band < kBands; ++band) {
    for (std::int64_t t = 0; t < frames; ++t) {
      clip.log_mel[static_cast<std::size_t>(t * kBands + band)] =
          bands_first.values[static_cast<std::size_t>(band * frames + t)];
    }
  }
  return clip;
}

/// The largest difference of two lists of equal length; infinite otherwise, and where a value is none.
inline double largest_difference(const std::vector<float>& found, const std::vector<float>& expected) {
  if (found.size() != expected.size()) return HUGE_VAL;
  double largest = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const double difference = std::abs(double{found[i]} - expected[i]);
    largest = difference <= largest ? largest : std::isnan(difference) ? HUGE_VAL : difference;
  }
  return largest;
}

}  // namespace soundfold::testing
