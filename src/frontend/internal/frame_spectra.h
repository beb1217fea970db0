// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "frontend/recipe.h"

#include <memory>
#include <vector>

namespace soundfold::frontend {

/// Frames that are computed together. Which of them a frame is never changes its values.
inline constexpr int kFrameBatch = 8;

/// Magnitude spectra of windowed frames. The transform runs in float64: in float32 its rounding, which follows the
/// loudest bin, reaches 5e-3 in the log-mel of a pure tone's empty bands. One object per thread.
class FrameSpectra {
 public:
  virtual ~FrameSpectra();

  /// frames: kFrameBatch pointers to 400 samples each (they may overlap or be equal).
  /// Writes |X| of the bins that mel bands use to magnitudes[bin * kFrameBatch + frame]; other bins are left alone.
  virtual void compute(const float* const* frames, float* magnitudes) = 0;
};

/// All that this processor can run, the fastest last. They differ in speed alone: every bit of their results is equal.
std::vector<std::unique_ptr<FrameSpectra>> usable_frame_spectra();

/// For x86-64 alone, and there for processors that have AVX2, or AVX-512F.
std::unique_ptr<FrameSpectra> avx2_frame_spectra();
std::unique_ptr<FrameSpectra> avx512_frame_spectra();

}  // namespace soundfold::frontend
