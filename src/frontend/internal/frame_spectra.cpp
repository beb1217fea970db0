// SPDX-License-Identifier: Apache-2.0
#include "frontend/internal/frame_spectra.h"

#include "frontend/internal/lane_spectra.h"

namespace soundfold::frontend {

FrameSpectra::~FrameSpectra() = default;

std::vector<std::unique_ptr<FrameSpectra>> usable_frame_spectra() {
  std::vector<std::unique_ptr<FrameSpectra>> usable;
  usable.push_back(std::make_unique<LaneSpectra<AnyProcessor>>());
#if defined(SOUNDFOLD_X86_SPECTRA)
  if (__builtin_cpu_supports("avx2")) usable.push_back(avx2_frame_spectra());
  if (__builtin_cpu_supports("avx512f")) usable.push_back(avx512_frame_spectra());
#endif
  return usable;
}

}  // namespace soundfold::frontend
