// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "frontend/internal/frame_spectra.h"
#include "frontend/internal/lanes.h"
// kissfft.hh uses the operators of the lanes, so these come first.

#include <kissfft.hh>

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
  explicit LaneSpectra(const SpectraSettings& settings)
      : settings_(settings),
        fft_(static_cast<std::size_t>(settings.fft_length) / 2, false),
        samples_(static_cast<std::size_t>(settings.fft_length)),
        spectrum_(static_cast<std::size_t>(settings.fft_length) / 2 + 1) {}

  void compute(const float* const* frames, float* magnitudes) override {
    static_assert(kFrameBatch % kLanes == 0, "a batch is a whole number of transforms");
    for (int first = 0; first < kFrameBatch; first += kLanes) {
      load(frames + first);
      fft_.transform_real(samples_.data(), spectrum_.data());
      store_powers(magnitudes + first);
    }
    if (settings_.power) return;
    const int begin = settings_.lowest_bin * kFrameBatch;
    const int end = (settings_.highest_bin + 1) * kFrameBatch;
    for (int i = begin; i < end; ++i) magnitudes[i] = std::sqrt(magnitudes[i]);
  }

 private:
  using Number = FftNumber<Processor>;
  static constexpr int kLanes = sizeof(Number) / sizeof(double);

  void load(const float* const* frames) {
    for (int i = 0; i < settings_.window_samples; ++i) {
      samples_[static_cast<std::size_t>(i)] = load_lanes<Processor>(frames, i) * Number(settings_.window[i]);
    }
  }

  void store_powers(float* powers) const {
    for (int bin = settings_.lowest_bin; bin <= settings_.highest_bin; ++bin) {
      const std::complex<Number>& value = spectrum_[static_cast<std::size_t>(bin)];
      store_lanes(value.real() * value.real() + value.imag() * value.imag(), powers + bin * kFrameBatch);
    }
  }

  SpectraSettings settings_;
  // A real transform of 512 samples is a complex one of 256 and a little work after it.
  kissfft<Number> fft_;
  // The zeros behind the window are written once, when this is made.
  std::vector<Number> samples_;
  std::vector<std::complex<Number>> spectrum_;
};

}  // namespace soundfold::frontend
