#pragma once

#include "frontend/recipe.h"

#include <memory>

namespace soundfold::frontend {

/// Frames that are computed together. Which of them a frame is never changes its values.
inline constexpr int kFrameBatch = 4;

/// Magnitude spectra of windowed frames. The transform runs in float64: in float32 its rounding, which follows the
/// loudest bin, reaches 5e-3 in the log-mel of a pure tone's empty bands.
class FrameSpectra {
 public:
  FrameSpectra();
  ~FrameSpectra();
  FrameSpectra(FrameSpectra&&) noexcept;
  FrameSpectra& operator=(FrameSpectra&&) noexcept;

  /// frames: kFrameBatch pointers to 400 samples each (they may overlap or be equal).
  /// Writes |X| of the bins that mel bands use to magnitudes[bin * kFrameBatch + frame]; other bins are left alone.
  void compute(const float* const* frames, float* magnitudes);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace soundfold::frontend
