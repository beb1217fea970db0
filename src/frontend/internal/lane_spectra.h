// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "frontend/internal/frame_spectra.h"
#include "frontend/internal/lanes.h"
// kissfft.hh uses the operators of the lanes, so these come first.
#include "frontend/mel_filters.h"

#include <kissfft.hh>

#include <array>
#include <cmath>
#include <complex>
#include <vector>

namespace soundfold::frontend {

/// FrameSpectra that transforms as many frames at once as Processor::Numbers holds.
/// A source compiled for more than the least processor names one of an unnamed namespace, so that the linker does not
/// use its functions elsewhere.
template <typename Processor>
class LaneSpectra final : public FrameSpectra {
 public:
  void compute(const float* const* frames, float* magnitudes) override {
    static_assert(kFrameBatch % kLanes == 0, "a batch is a whole number of transforms");
    for (int first = 0; first < kFrameBatch; first += kLanes) {
      load(frames + first);
      fft_.transform_real(samples_.data(), spectrum_.data());
      store_powers(magnitudes + first);
    }
    const int begin = filters_.lowest_bin * kFrameBatch;
    const int end = (filters_.highest_bin + 1) * kFrameBatch;
    for (int i = begin; i < end; ++i) magnitudes[i] = std::sqrt(magnitudes[i]);
  }

 private:
  using Number = FftNumber<Processor>;
  static constexpr int kLanes = sizeof(Number) / sizeof(double);

  void load(const float* const* frames) {
    for (int i = 0; i < kWindowSamples; ++i) {
      samples_[static_cast<std::size_t>(i)] = load_lanes<Processor>(frames, i) * Number(window_[i]);
    }
  }

  void store_powers(float* powers) const {
    for (int bin = filters_.lowest_bin; bin <= filters_.highest_bin; ++bin) {
      const std::complex<Number>& value = spectrum_[static_cast<std::size_t>(bin)];
      store_lanes(value.real() * value.real() + value.imag() * value.imag(), powers + bin * kFrameBatch);
    }
  }

  // A real transform of 512 samples is a complex one of 256 and a little work after it.
  kissfft<Number> fft_{kFftLength / 2, false};
  // The 112 zeros behind the window are written once, here.
  std::array<Number, kFftLength> samples_{};
  std::array<std::complex<Number>, kFftLength / 2 + 1> spectrum_{};
  const double* window_ = hann_window_float64().data();
  const MelFilters& filters_ = mel_filters();
};

}  // namespace soundfold::frontend
