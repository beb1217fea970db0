// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

/// Filters of second order: R. Bristow-Johnson, "Cookbook formulae for audio equalizer biquad filter coefficients".
/// Frequencies lie above 0 and below half the sample rate.
namespace soundfold::augmentation {

/// y[n] = b0 x[n] + b1 x[n-1] + b2 x[n-2] - a1 y[n-1] - a2 y[n-2]; all divided by the cookbook's a0.
struct Biquad {
  double b0 = 1, b1 = 0, b2 = 0, a1 = 0, a2 = 0;
};

/// Gain below, above or around `hz`, 0 dB far from there. Shelves have the slope S = 1, the steepest without a bump.
Biquad low_shelf(double hz, double gain_db, double sample_rate_hz);
Biquad high_shelf(double hz, double gain_db, double sample_rate_hz);
/// `q`: above 0; larger is narrower.
Biquad peak(double hz, double q, double gain_db, double sample_rate_hz);

/// -3.01 dB at `hz` (Q = 1/sqrt(2), Butterworth's), 12 dB an octave beyond.
Biquad low_pass(double hz, double sample_rate_hz);
Biquad high_pass(double hz, double sample_rate_hz);

/// The waveform through the filter, from rest. The length stays.
std::vector<float> filtered(std::vector<float> waveform, const Biquad& filter);

}  // namespace soundfold::augmentation
