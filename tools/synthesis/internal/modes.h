// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "synthesis/signal.h"

#include <vector>

namespace soundfold::synthesis {

/// One way in which a struck thing rings.
struct Mode {
  double hz;
  double level;    ///< Amplitude at the start.
  double decay_s;  ///< Time to fall by 60 dB.
};

/// The sum of decaying sines, all starting at 0 (modal synthesis). Modes above 0.47 of the rate are left out.
Signal strike(const std::vector<Mode>& modes, double seconds);

}  // namespace soundfold::synthesis
