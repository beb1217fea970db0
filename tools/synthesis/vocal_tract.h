// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "synthesis/contour.h"
#include "synthesis/signal.h"

#include <vector>

namespace soundfold::synthesis {

/// One resonance of throat and mouth. The contour runs from 0 (start of the call) to 1 (end).
struct Formant {
  Contour hz;
  double bandwidth_hz;
};

/// The filter of the source-filter model: formants in series, retuned every 2 ms while the mouth moves.
void pass_vocal_tract(Signal& voice, const std::vector<Formant>& formants);

/// Formants of a tube closed at one end, (2n - 1) c / 4L for n = 1 to `count`, with n-th centre times `opening(n)` over
/// time: a mouth that opens raises the lower ones. `bandwidth` is relative to the centre.
std::vector<Formant> tube_formants(double length_cm, int count, double bandwidth);

}  // namespace soundfold::synthesis
