// SPDX-License-Identifier: Apache-2.0
#include "synthesis/internal/filters.h"

#include "synthesis/internal/exact_math.h"

#include <algorithm>

namespace soundfold::synthesis {
namespace {

constexpr double kPi = 3.141592653589793238463;

double turns_per_sample(double hz) {
  return std::clamp(hz / kRateHz, 10.0 / kRateHz, 0.47);
}

}  // namespace

Biquad Biquad::low_pass(double hz, double q) {
  const double w = turns_per_sample(hz), c = cosine(w), alpha = sine(w) / (2 * q), a0 = 1 + alpha;
  Biquad filter;
  filter.b0_ = filter.b2_ = (1 - c) / 2 / a0;
  filter.b1_ = (1 - c) / a0;
  filter.a1_ = -2 * c / a0;
  filter.a2_ = (1 - alpha) / a0;
  return filter;
}

Biquad Biquad::high_pass(double hz, double q) {
  const double w = turns_per_sample(hz), c = cosine(w), alpha = sine(w) / (2 * q), a0 = 1 + alpha;
  Biquad filter;
  filter.b0_ = filter.b2_ = (1 + c) / 2 / a0;
  filter.b1_ = -(1 + c) / a0;
  filter.a1_ = -2 * c / a0;
  filter.a2_ = (1 - alpha) / a0;
  return filter;
}

Biquad Biquad::band_pass(double hz, double q) {
  const double w = turns_per_sample(hz), alpha = sine(w) / (2 * q), a0 = 1 + alpha;
  Biquad filter;
  filter.b0_ = alpha / a0;
  filter.b1_ = 0;
  filter.b2_ = -alpha / a0;
  filter.a1_ = -2 * cosine(w) / a0;
  filter.a2_ = (1 - alpha) / a0;
  return filter;
}

Biquad Biquad::formant(double hz, double bandwidth_hz) {
  const double radius = power_of_two(-kPi * kLogTwoOfE * bandwidth_hz / kRateHz);
  Biquad filter;
  filter.a1_ = -2 * radius * cosine(turns_per_sample(hz));
  filter.a2_ = radius * radius;
  filter.b0_ = 1 + filter.a1_ + filter.a2_;
  return filter;
}

void Biquad::apply(Signal& signal) {
  for (double& x : signal) x = (*this)(x);
}

void Biquad::retune(const Biquad& other) {
  b0_ = other.b0_;
  b1_ = other.b1_;
  b2_ = other.b2_;
  a1_ = other.a1_;
  a2_ = other.a2_;
}

Smoother::Smoother(double hz) : k_(1 - power_of_two(-2 * kPi * kLogTwoOfE * hz / kRateHz)) {}

void Smoother::apply(Signal& signal) {
  for (double& x : signal) x = (*this)(x);
}

void low_pass(Signal& signal, double hz) {
  Biquad::low_pass(hz).apply(signal);
}

void high_pass(Signal& signal, double hz) {
  Biquad::high_pass(hz).apply(signal);
}

void band_pass(Signal& signal, double hz, double q) {
  Biquad::band_pass(hz, q).apply(signal);
}

}  // namespace soundfold::synthesis
