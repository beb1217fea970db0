// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/random.h"
#include "synthesis/signal.h"

namespace soundfold::synthesis {

/// What a room does to a sound.
struct Room {
  double decay_s = 0.3;     ///< Time to fall by 60 dB.
  double share = 0.1;       ///< Level of the reverberation beside the direct sound, as an amplitude.
  double bright_hz = 4000;  ///< Above this the walls swallow more.
  double size_m = 4;        ///< Distance between walls: sets the delays.
};

/// Any room from a cupboard to a hall; mostly small ones.
Room any_room(Random& random);

/// Adds echoes from four walls and a tail made by four feedback combs in parallel and two all-passes in series
/// (M. Schroeder, "Natural sounding artificial reverberation", 1962) with a smoother in each loop. The length stays.
void reverberate(Signal& signal, const Room& room);

}  // namespace soundfold::synthesis
