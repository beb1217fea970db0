// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "synthesis/signal.h"

namespace soundfold::testing {

/// The amplitude of the sine at `hz` in the signal: 1 for sin(2 pi hz t), by correlation with sine and cosine under a
/// Hann window.
double amplitude_at(const synthesis::Signal& signal, double hz);

/// The mean power per hertz between two frequencies, from correlations at 40 places.
double density(const synthesis::Signal& signal, double low_hz, double high_hz);

/// The lag of the highest peak of the autocorrelation between two pitches, as a pitch in Hz.
double measured_pitch_hz(const synthesis::Signal& signal, double low_hz, double high_hz);

}  // namespace soundfold::testing
