// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/random.h"
#include "synthesis/signal.h"

#include <cstddef>

namespace soundfold::synthesis {

/// Noise with the same power in every hertz, between -1 and 1.
Signal white_noise(Random& random, std::size_t count);

/// Noise whose power changes by `slope_db_per_octave` (-6 to 6; -3 is pink, -6 brown) between about 30 Hz and 8 kHz,
/// made from white noise by a ladder of first-order sections; root mean square 1 over the whole.
Signal coloured_noise(Random& random, std::size_t count, double slope_db_per_octave);

/// A slow random movement between 0 and 1 about `hz` times a second: gusts, waves, unsteady hands.
Signal drift(Random& random, std::size_t count, double hz);

/// Clicks of random size and sign (sizes from 0.05 to 1, small ones more often), on average `per_second`, each one
/// sample long.
Signal random_impulses(Random& random, std::size_t count, double per_second);

}  // namespace soundfold::synthesis
