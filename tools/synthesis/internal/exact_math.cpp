// SPDX-License-Identifier: Apache-2.0
#include "synthesis/internal/exact_math.h"

#include "synthesis/signal.h"

#include <algorithm>
#include <cmath>

namespace soundfold::synthesis {
namespace {

constexpr double kLnTwo = 0.693147180559945309417;
constexpr double kLogTwoOfTen = 3.321928094887362347870;

/// x + x^3 c3 + ... by Horner's rule in x^2, for the Taylor series of sin up to x^15.
double sine_series(double x) {
  const double s = x * x;
  double sum = -1.0 / 1307674368000.0;
  for (const double divisor : {6227020800.0, -39916800.0, 362880.0, -5040.0, 120.0, -6.0, 1.0}) {
    sum = sum * s + 1.0 / divisor;
  }
  return sum * x;
}

}  // namespace

double sine(double turns) {
  double r = turns - std::floor(turns + 0.5);  // -0.5 to 0.5
  // The series is only good to a quarter turn; the rest mirrors it.
  if (r > 0.25) r = 0.5 - r;
  if (r < -0.25) r = -0.5 - r;
  return sine_series(kTwoPi * r);
}

double cosine(double turns) {
  return sine(turns + 0.25);
}

double power_of_two(double x) {
  if (x < -1000) return 0;
  x = std::min(x, 1000.0);
  const double whole = std::floor(x + 0.5);
  const double z = (x - whole) * kLnTwo;  // -0.35 to 0.35
  double sum = 1;
  for (int n = 10; n > 0; --n) sum = 1 + sum * z / n;
  return std::ldexp(sum, static_cast<int>(whole));
}

double log_of_base_two(double x) {
  int exponent = 0;
  double mantissa = std::frexp(x, &exponent);  // 0.5 to 1
  if (mantissa < 0.70710678) {
    mantissa *= 2;
    --exponent;
  }
  const double s = (mantissa - 1) / (mantissa + 1);  // ln m = 2 (s + s^3/3 + s^5/5 + ...)
  double sum = 0;
  for (int n = 13; n > 0; n -= 2) sum = sum * s * s + 1.0 / n;
  return exponent + 2 * s * sum / kLnTwo;
}

double amplitude_of(double decibels) {
  return power_of_two(decibels * (kLogTwoOfTen / 20));
}

double decay_per_sample(double seconds) {
  return amplitude_of(-60 / (seconds * kRateHz));
}

double between_in_ratio(double low, double high, double position) {
  return low * power_of_two(position * log_of_base_two(high / low));
}

double in_ratio(Random& random, double low, double high) {
  return between_in_ratio(low, high, random.uniform());
}

}  // namespace soundfold::synthesis
