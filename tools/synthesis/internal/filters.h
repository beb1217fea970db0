// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "synthesis/signal.h"

namespace soundfold::synthesis {

/// A second-order filter: y = b0 x + b1 x' + b2 x'' - a1 y' - a2 y''. Frequencies are in Hz and are kept between 10 Hz
/// and 0.47 of the rate. Low-, high- and band-pass follow R. Bristow-Johnson's "Cookbook formulae for audio EQ biquad
/// filter coefficients", with `q` above 0 (0.707 is flattest).
class Biquad {
 public:
  static Biquad low_pass(double hz, double q = 0.7071);
  static Biquad high_pass(double hz, double q = 0.7071);
  /// Gain 1 at `hz`.
  static Biquad band_pass(double hz, double q);
  /// A pair of poles with gain 1 at 0 Hz, as one formant of a vocal tract in series with others: D. Klatt, "Software
  /// for a cascade/parallel formant synthesizer", 1980.
  static Biquad formant(double hz, double bandwidth_hz);

  double operator()(double x) {
    const double y = b0_ * x + s1_;
    s1_ = b1_ * x - a1_ * y + s2_;
    s2_ = b2_ * x - a2_ * y;
    return y;
  }
  void apply(Signal& signal);
  /// Takes over the coefficients of `other` and continues from the present state.
  void retune(const Biquad& other);

 private:
  double b0_ = 1, b1_ = 0, b2_ = 0, a1_ = 0, a2_ = 0;
  double s1_ = 0, s2_ = 0;
};

/// First-order smoothing, y += k (x - y), that lets through what is slower than about `hz` (6 dB an octave).
class Smoother {
 public:
  explicit Smoother(double hz);
  double operator()(double x) { return y_ += k_ * (x - y_); }
  void apply(Signal& signal);

 private:
  double k_;
  double y_ = 0;
};

/// `signal` through a filter of that kind.
void low_pass(Signal& signal, double hz);
void high_pass(Signal& signal, double hz);
void band_pass(Signal& signal, double hz, double q);

}  // namespace soundfold::synthesis
