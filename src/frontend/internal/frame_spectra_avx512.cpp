// SPDX-License-Identifier: Apache-2.0
#include "frontend/internal/lane_spectra.h"

namespace soundfold::frontend {
namespace {

struct Avx512 {
  typedef double Numbers __attribute__((vector_size(64)));
};

}  // namespace

std::unique_ptr<FrameSpectra> avx512_frame_spectra(const SpectraSettings& settings) {
  return std::make_unique<LaneSpectra<Avx512>>(settings);
}

}  // namespace soundfold::frontend

// All templates of this source; see CMakeLists.txt.
template class std::vector<soundfold::frontend::FftNumber<soundfold::frontend::Avx512>>;
template class std::vector<std::complex<soundfold::frontend::FftNumber<soundfold::frontend::Avx512>>>;
template class kissfft<soundfold::frontend::FftNumber<soundfold::frontend::Avx512>>;
template class soundfold::frontend::LaneSpectra<soundfold::frontend::Avx512>;
