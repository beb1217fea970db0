// SPDX-License-Identifier: Apache-2.0
#include "synthesis/signal.h"

#include "synthesis/internal/exact_math.h"

#include <algorithm>
#include <cmath>

namespace soundfold::synthesis {

std::size_t samples_in(double seconds) {
  return static_cast<std::size_t>(std::floor(std::max(seconds, 0.0) * kRateHz + 0.5));
}

void add_at(Signal& signal, const Signal& event, double at_s, double gain) {
  const auto start = static_cast<std::ptrdiff_t>(std::floor(at_s * kRateHz + 0.5));
  const auto size = static_cast<std::ptrdiff_t>(signal.size());
  const auto from = std::max<std::ptrdiff_t>(0, -start);
  const auto to = std::min<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(event.size()), size - start);
  for (std::ptrdiff_t i = from; i < to; ++i) {
    signal[static_cast<std::size_t>(start + i)] += gain * event[static_cast<std::size_t>(i)];
  }
}

void scale(Signal& signal, double gain) {
  for (double& x : signal) x *= gain;
}

void set_peak(Signal& signal, double peak) {
  double largest = 0;
  for (const double x : signal) largest = std::max(largest, std::fabs(x));
  if (largest > 0) scale(signal, peak / largest);
}

double root_mean_square(const Signal& signal) {
  double sum = 0;
  for (const double x : signal) sum += x * x;
  return signal.empty() ? 0 : std::sqrt(sum / static_cast<double>(signal.size()));
}

double loudest_level(const Signal& signal) {
  const std::size_t window = samples_in(0.05);
  double loudest = 0;
  for (std::size_t start = 0; start < signal.size(); start += window) {
    const std::size_t end = std::min(start + window, signal.size());
    double sum = 0;
    for (std::size_t i = start; i < end; ++i) sum += signal[i] * signal[i];
    loudest = std::max(loudest, sum);
  }
  return std::sqrt(loudest / static_cast<double>(window));
}

void fade_ends(Signal& signal, double fade_in_s, double fade_out_s) {
  const std::size_t in = std::min(samples_in(fade_in_s), signal.size());
  const std::size_t out = std::min(samples_in(fade_out_s), signal.size());
  for (std::size_t i = 0; i < in; ++i) {
    signal[i] *= 0.5 - 0.5 * cosine(0.5 * static_cast<double>(i) / static_cast<double>(in));
  }
  for (std::size_t i = 0; i < out; ++i) {
    signal[signal.size() - 1 - i] *= 0.5 - 0.5 * cosine(0.5 * static_cast<double>(i) / static_cast<double>(out));
  }
}

void shape(Signal& signal, const Signal& envelope) {
  for (std::size_t i = 0; i < signal.size(); ++i) signal[i] *= envelope[i];
}

void fade_away(Signal& signal, double seconds) {
  const double factor = decay_per_sample(seconds);
  double level = 1;
  for (double& x : signal) {
    x *= level;
    level *= factor;
  }
}

void overdrive(Signal& signal, double drive) {
  for (double& x : signal) {
    const double y = x * drive;
    x = y / std::sqrt(1 + y * y);
  }
}

}  // namespace soundfold::synthesis
