// SPDX-License-Identifier: Apache-2.0
#include "frontend/internal/frame_spectra.h"

#include "frontend/internal/lane_spectra.h"

namespace soundfold::frontend {

FrameSpectra::~FrameSpectra() = default;

SpectraSettings spectra_settings(const InputRecipe& recipe, const std::vector<double>& window,
                                 const MelFilters& filters) {
  return {window.data(),      recipe.window_samples, recipe.fft_length,
          filters.lowest_bin, filters.highest_bin,   recipe.power};
}

std::vector<std::unique_ptr<FrameSpectra>> usable_frame_spectra(const SpectraSettings& settings) {
  std::vector<std::unique_ptr<FrameSpectra>> usable;
  usable.push_back(std::make_unique<LaneSpectra<AnyProcessor>>(settings));
#if defined(SOUNDFOLD_X86_SPECTRA)
  if (__builtin_cpu_supports("avx2")) usable.push_back(avx2_frame_spectra(settings));
  if (__builtin_cpu_supports("avx512f")) usable.push_back(avx512_frame_spectra(settings));
#endif
  return usable;
}

}  // namespace soundfold::frontend
