// SPDX-License-Identifier: Apache-2.0
#include "augmentation/filters.h"

#include <cmath>

namespace soundfold::augmentation {
namespace {

constexpr double kPi = 3.14159265358979323846;
const double kButterworthQ = std::sqrt(0.5);

/// The cookbook's intermediate values.
struct Angle {
  double cosine, alpha;
  Angle(double hz, double q, double sample_rate_hz) {
    const double w0 = 2 * kPi * hz / sample_rate_hz;
    cosine = std::cos(w0);
    alpha = std::sin(w0) / (2 * q);
  }
};

double shelf_amplitude(double gain_db) {
  return std::pow(10.0, gain_db / 40);
}

Biquad normalised(double b0, double b1, double b2, double a0, double a1, double a2) {
  return {b0 / a0, b1 / a0, b2 / a0, a1 / a0, a2 / a0};
}

/// A shelf with S = 1, where alpha is sin(w0) / sqrt(2). `sign` is -1 for the low one and 1 for the high one: the two
/// differ by the sign of the cosine and of the terms of order 1.
Biquad shelf(double sign, double hz, double gain_db, double sample_rate_hz) {
  const Angle angle(hz, kButterworthQ, sample_rate_hz);
  const double a = shelf_amplitude(gain_db), c = sign * angle.cosine, root = 2 * std::sqrt(a) * angle.alpha;
  return normalised(a * (a + 1 + (a - 1) * c + root), -sign * 2 * a * (a - 1 + (a + 1) * c),
                    a * (a + 1 + (a - 1) * c - root), a + 1 - (a - 1) * c + root, sign * 2 * (a - 1 - (a + 1) * c),
                    a + 1 - (a - 1) * c - root);
}

}  // namespace

Biquad low_shelf(double hz, double gain_db, double sample_rate_hz) {
  return shelf(-1, hz, gain_db, sample_rate_hz);
}

Biquad high_shelf(double hz, double gain_db, double sample_rate_hz) {
  return shelf(1, hz, gain_db, sample_rate_hz);
}

Biquad peak(double hz, double q, double gain_db, double sample_rate_hz) {
  const Angle angle(hz, q, sample_rate_hz);
  const double a = shelf_amplitude(gain_db);
  return normalised(1 + angle.alpha * a, -2 * angle.cosine, 1 - angle.alpha * a, 1 + angle.alpha / a, -2 * angle.cosine,
                    1 - angle.alpha / a);
}

Biquad low_pass(double hz, double sample_rate_hz) {
  const Angle angle(hz, kButterworthQ, sample_rate_hz);
  const double b = 1 - angle.cosine;
  return normalised(b / 2, b, b / 2, 1 + angle.alpha, -2 * angle.cosine, 1 - angle.alpha);
}

Biquad high_pass(double hz, double sample_rate_hz) {
  const Angle angle(hz, kButterworthQ, sample_rate_hz);
  const double b = 1 + angle.cosine;
  return normalised(b / 2, -b, b / 2, 1 + angle.alpha, -2 * angle.cosine, 1 - angle.alpha);
}

std::vector<float> filtered(std::vector<float> waveform, const Biquad& filter) {
  double x1 = 0, x2 = 0, y1 = 0, y2 = 0;
  for (float& sample : waveform) {
    const double x = sample;
    const double y = filter.b0 * x + filter.b1 * x1 + filter.b2 * x2 - filter.a1 * y1 - filter.a2 * y2;
    x2 = x1, x1 = x, y2 = y1, y1 = y;
    sample = static_cast<float>(y);
  }
  return waveform;
}

}  // namespace soundfold::augmentation
