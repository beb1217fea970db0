// SPDX-License-Identifier: Apache-2.0
#include "frontend/internal/lane_spectra.h"

namespace soundfold::frontend {
namespace {

struct Avx2 {
  typedef double Numbers __attribute__((vector_size(32)));
};

}  // namespace

std::unique_ptr<FrameSpectra> avx2_frame_spectra(const SpectraSettings& settings) {
  return std::make_unique<LaneSpectra<Avx2>>(settings);
}

}  // namespace soundfold::frontend

// All templates of this source; see CMakeLists.txt.
template class std::vector<soundfold::frontend::FftNumber<soundfold::frontend::Avx2>>;
template class std::vector<std::complex<soundfold::frontend::FftNumber<soundfold::frontend::Avx2>>>;
template class kissfft<soundfold::frontend::FftNumber<soundfold::frontend::Avx2>>;
template class soundfold::frontend::LaneSpectra<soundfold::frontend::Avx2>;
