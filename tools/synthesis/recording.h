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

/// How a kind of sound is usually recorded.
struct RecordingStyle {
  bool may_end_early = false;  ///< Whether nothing but digital silence may follow the last event, as in ESC-50.
  double lowest_snr_db = 15;   ///< Least level of the sound's loudest 50 ms over the background noise.
  double largest_share = 1;    ///< Factor on the room's reverberation; 0: out of doors.
};

/// Puts a sound into its surroundings: room, background noise (coloured, sometimes with mains hum), a microphone's
/// limits, level (peak at -20 to -1 dB of full scale). `place` is the source's own stream, so that all takes of a
/// source share room, background and microphone; `take` draws the rest. The length stays; no sample goes beyond +-1.
Signal record(Signal sound, const RecordingStyle& style, Random place, Random take);

}  // namespace soundfold::synthesis
