// SPDX-License-Identifier: Apache-2.0
#include "synthesis/internal/exact_math.h"
#include "synthesis/internal/modes.h"
#include "synthesis/kinds/kinds.h"

namespace soundfold::synthesis::kinds {
namespace {

/// A beep of an electronic clock: a tone with some odd harmonics, as a piezo driven by a square wave has.
Signal beep(double hz, double harmonics, double seconds) {
  Signal sound(samples_in(seconds));
  for (std::size_t i = 0; i < sound.size(); ++i) {
    const double turns = hz * static_cast<double>(i) / kRateHz;
    sound[i] = sine(turns) + harmonics * (3 * hz < 0.5 * kRateHz ? sine(3 * turns) / 3 : 0);
  }
  fade_ends(sound, 0.003, 0.005);
  return sound;
}

/// Groups of beeps with a pause behind each group.
Signal electronic(Random& body, Random& take, std::size_t count) {
  const double hz = in_ratio(body, 900, 3600), harmonics = body.uniform(), beep_s = in_ratio(body, 0.05, 0.3);
  const double gap_s = beep_s * body.uniform(0.6, 1.2), pause_s = body.chance(0.5) ? body.uniform(0.2, 0.7) : gap_s;
  const int group = body.integer(1, 4);
  const Signal one = beep(hz, harmonics, beep_s);
  Signal sound(count, 0.0);
  double at_s = -take.uniform() * pause_s;
  while (at_s < seconds_of(count)) {
    for (int n = 0; n < group; ++n) {
      add_at(sound, one, at_s);
      at_s += beep_s + gap_s;
    }
    at_s += pause_s - gap_s + 0.02;
  }
  return sound;
}

/// A hammer that drums on a small bell.
Signal mechanical(Random& body, Random& take, std::size_t count) {
  const double hz = in_ratio(body, 900, 2600), strokes_per_s = body.uniform(12, 28), decay_s = in_ratio(body, 0.2, 0.8);
  const Signal bell = strike({{hz, 1, decay_s},
                              {1.51 * hz, 0.7, 0.8 * decay_s},
                              {2.27 * hz, 0.6, 0.6 * decay_s},
                              {2.9 * hz, 0.4, 0.4 * decay_s}},
                             decay_s);
  Signal sound(count, 0.0);
  for (double at_s = 0; at_s < seconds_of(count); at_s += (1 / strokes_per_s) * take.uniform(0.97, 1.03)) {
    add_at(sound, bell, at_s, take.uniform(0.7, 1));
  }
  return sound;
}

}  // namespace

Signal clock_alarm(Random body, Random take, std::size_t count) {
  return body.chance(0.75) ? electronic(body, take, count) : mechanical(body, take, count);
}

}  // namespace soundfold::synthesis::kinds
