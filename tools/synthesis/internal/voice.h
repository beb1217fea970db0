// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/random.h"
#include "synthesis/internal/contour.h"
#include "synthesis/signal.h"

#include <vector>

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

/// One resonance of throat and mouth. The contour runs from 0 (start of the call) to 1 (end).
struct Formant {
  Contour hz;
  double bandwidth_hz;
};

/// The filter of the source-filter model: formants in series, retuned every 2 ms while the mouth moves.
void pass_vocal_tract(Signal& voice, const std::vector<Formant>& formants);

/// Formants of a tube closed at one end, (2n - 1) c / 4L for n = 1 to `count`; `bandwidth` is relative to the centre.
std::vector<Formant> tube_formants(double length_cm, int count, double bandwidth);

/// One call of an animal or a person: a larynx that sounds through a vocal tract.
struct Call {
  double seconds = 0.5;
  Larynx larynx;
  double drive = 0.3;  ///< How far the pulses are overblown before the tract; above 1 is a scream.
  std::vector<Formant> formants;
  double lowest_hz = 80;  ///< Below this nothing is radiated.
  double fade_in_s = 0.01, fade_out_s = 0.03;
};

/// The call with a peak of 1.
Signal utter(const Call& call, Random& random);

/// Multiplies the n-th formant (from 0), if there is one, by a contour.
void move_formant(std::vector<Formant>& formants, std::size_t n, const Contour& factor);

}  // namespace soundfold::synthesis
