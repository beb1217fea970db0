#include "frontend/frame_spectra.h"

#include "frontend/fft_scalar.h"
// kissfft.hh uses the scalar's operators, so the scalar comes first.
#include "frontend/log_mel.h"
#include "frontend/mel_filters.h"

#include <kissfft.hh>

#include <array>
#include <cmath>
#include <complex>
#include <vector>

namespace soundfold::frontend {
static_assert(kFrameBatch % kFftLanes == 0, "a batch is a whole number of transforms");

struct FrameSpectra::Impl {
  // A real transform of 512 samples is a complex one of 256 and a little work after it.
  kissfft<FftScalar> fft{kFftLength / 2, false};
  // The 112 zeros behind the window are written once, here.
  std::array<FftScalar, kFftLength> samples{};
  std::array<std::complex<FftScalar>, kFftLength / 2 + 1> spectrum{};
  const std::vector<double>& window = hann_window_float64();
  const MelFilters& filters = mel_filters();

  void load(const float* const* frames) {
    for (int i = 0; i < kWindowSamples; ++i) {
      const auto slot = static_cast<std::size_t>(i);
      samples[slot] = load_lanes(frames, i) * FftScalar(window[slot]);
    }
  }

  void store(float* powers) const {
    for (int bin = filters.lowest_bin; bin <= filters.highest_bin; ++bin) {
      const std::complex<FftScalar>& value = spectrum[static_cast<std::size_t>(bin)];
      store_lanes(value.real() * value.real() + value.imag() * value.imag(), powers + bin * kFrameBatch);
    }
  }
};

FrameSpectra::FrameSpectra() : impl_(std::make_unique<Impl>()) {}
FrameSpectra::~FrameSpectra() = default;
FrameSpectra::FrameSpectra(FrameSpectra&&) noexcept = default;
FrameSpectra& FrameSpectra::operator=(FrameSpectra&&) noexcept = default;

void FrameSpectra::compute(const float* const* frames, float* magnitudes) {
  for (int first = 0; first < kFrameBatch; first += kFftLanes) {
    impl_->load(frames + first);
    impl_->fft.transform_real(impl_->samples.data(), impl_->spectrum.data());
    impl_->store(magnitudes + first);
  }
  const int begin = impl_->filters.lowest_bin * kFrameBatch;
  const int end = (impl_->filters.highest_bin + 1) * kFrameBatch;
  for (int i = begin; i < end; ++i) magnitudes[i] = std::sqrt(magnitudes[i]);
}

}  // namespace soundfold::frontend
