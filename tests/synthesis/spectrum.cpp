// SPDX-License-Identifier: Apache-2.0
#include "synthesis/spectrum.h"

#include "synthesis/internal/exact_math.h"

#include <cmath>

namespace soundfold::testing {

using synthesis::kRateHz;
using synthesis::kTwoPi;
using synthesis::Signal;

double amplitude_at(const Signal& signal, double hz) {
  double real = 0, imaginary = 0, weight = 0;
  const auto size = static_cast<double>(signal.size());
  for (std::size_t i = 0; i < signal.size(); ++i) {
    const double hann = 0.5 - 0.5 * std::cos(kTwoPi * (static_cast<double>(i) + 0.5) / size);
    const double angle = kTwoPi * hz * static_cast<double>(i) / kRateHz;
    real += hann * signal[i] * std::cos(angle);
    imaginary += hann * signal[i] * std::sin(angle);
    weight += hann;
  }
  return 2 * std::hypot(real, imaginary) / weight;
}

double density(const Signal& signal, double low_hz, double high_hz) {
  constexpr int kPlaces = 40;
  double sum = 0;
  for (int n = 0; n < kPlaces; ++n) {
    const double amplitude = amplitude_at(signal, low_hz + (high_hz - low_hz) * (n + 0.5) / kPlaces);
    sum += amplitude * amplitude;
  }
  return sum / kPlaces;
}

double measured_pitch_hz(const Signal& signal, double low_hz, double high_hz) {
  const auto shortest = static_cast<std::size_t>(kRateHz / high_hz),
             longest = static_cast<std::size_t>(kRateHz / low_hz);
  double best = -1e300;
  std::size_t best_lag = shortest;
  for (std::size_t lag = shortest; lag <= longest; ++lag) {
    double sum = 0;
    for (std::size_t i = lag; i < signal.size(); ++i) sum += signal[i] * signal[i - lag];
    if (sum > best) {
      best = sum;
      best_lag = lag;
    }
  }
  return static_cast<double>(kRateHz) / static_cast<double>(best_lag);
}

}  // namespace soundfold::testing
