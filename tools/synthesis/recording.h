// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/random.h"
#include "synthesis/signal.h"

namespace soundfold::synthesis {

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
