// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/random.h"
#include "synthesis/contour.h"
#include "synthesis/signal.h"

namespace soundfold::synthesis {

/// The source of the source-filter model (G. Fant, "Acoustic theory of speech production", 1960): pulses of air from
/// vocal folds, or from a bird's syrinx or an insect's wings. Contours run from 0 (start) to 1 (end).
struct Larynx {
  Contour pitch_hz = 200.0;
  Contour loudness = Contour({{0, 0}, {0.1, 1}, {0.8, 1}, {1, 0}});
  Contour breath = 0.05;     ///< Noise beside the pulses, as an amplitude: 0 none, 1 about as loud.
  double jitter = 0.01;      ///< Standard deviation of a period, relative to its length.
  double shimmer = 0.05;     ///< Standard deviation of a pulse's size, relative to it.
  double roughness = 0;      ///< How much weaker every second pulse is, 0 to 1: an octave below, as in growls.
  double vibrato_hz = 0;     ///< Rate of a regular wavering of the pitch; 0: none.
  double vibrato_depth = 0;  ///< Its size, relative to the pitch.
};

/// Band-limited sawtooth pulses (spectrum falling 6 dB an octave, as that of the flow's derivative) and noise that is
/// loudest while the folds are open.
Signal phonate(const Larynx& larynx, Random& random, double seconds);

}  // namespace soundfold::synthesis
