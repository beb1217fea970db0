// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "frontend/mel_filters.h"
#include "frontend/recipe.h"

#include <memory>
#include <vector>

namespace soundfold::frontend {

/// Frames that are computed together. Which of them a frame is never changes its values.
inline constexpr int kFrameBatch = 8;

/// What spectra need of a recipe.
struct SpectraSettings {
  const double* window = nullptr;  ///< [window_samples]; must live as long as the spectra
  int window_samples = 0;
  int fft_length = 0;
  int lowest_bin = 0, highest_bin = 0;  ///< those that mel bands use
  bool power = false;                   ///< |X|^2 is wanted, not |X|
};

/// Of a recipe's window and filters.
SpectraSettings spectra_settings(const InputRecipe& recipe, const std::vector<double>& window,
                                 const MelFilters& filters);

/// Magnitude (or power) spectra of windowed frames. The transform runs in float64: in float32 its rounding, which
/// follows the loudest bin, reaches 5e-3 in the log-mel of a pure tone's empty bands. One object per thread.
class FrameSpectra {
 public:
  virtual ~FrameSpectra();

  /// frames: kFrameBatch pointers to window_samples samples each (they may overlap or be equal).
  /// Writes |X|, or |X|^2, of the bins that mel bands use to magnitudes[bin * kFrameBatch + frame]; other bins are left
  /// alone.
  virtual void compute(const float* const* frames, float* magnitudes) = 0;
};

/// All that this processor can run, the fastest last. They differ in speed alone: every bit of their results is equal.
std::vector<std::unique_ptr<FrameSpectra>> usable_frame_spectra(const SpectraSettings& settings);

/// For x86-64 alone, and there for processors that have AVX2, or AVX-512F.
std::unique_ptr<FrameSpectra> avx2_frame_spectra(const SpectraSettings& settings);
std::unique_ptr<FrameSpectra> avx512_frame_spectra(const SpectraSettings& settings);

}  // namespace soundfold::frontend
