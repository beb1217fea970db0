// SPDX-License-Identifier: Apache-2.0
#include "synthesis/internal/exact_math.h"
#include "synthesis/internal/filters.h"
#include "synthesis/internal/modes.h"
#include "synthesis/internal/noise.h"
#include "synthesis/internal/rhythm.h"
#include "synthesis/kinds/kinds.h"

namespace soundfold::synthesis::kinds {
namespace {

/// A key reaching its stop: a short rattle over the desk's dull knock.
Signal key(Random& take, double hz, double desk_hz, double seconds) {
  Signal sound = white_noise(take, samples_in(seconds));
  band_pass(sound, hz, 1);
  fade_away(sound, seconds);
  add_at(sound, strike({{desk_hz, 0.25, 0.03}}, seconds), 0);
  return sound;
}

}  // namespace

Signal keyboard_typing(Random body, Random take, std::size_t count) {
  const double hz = in_ratio(body, 1800, 4500), desk_hz = in_ratio(body, 150, 500),
               seconds = in_ratio(body, 0.012, 0.04);
  const double per_second = in_ratio(body, 4, 11);
  Signal sound(count, 0.0);
  for (const double at_s : steady_times(take, seconds_of(count), 1 / per_second, 0.6)) {
    if (take.chance(0.08)) continue;  // a thought
    const double own_hz = hz * in_ratio(take, 0.8, 1.25);
    const Signal down = key(take, own_hz, desk_hz, seconds);
    const Signal up = key(take, 1.2 * own_hz, desk_hz, 0.6 * seconds);
    add_at(sound, down, at_s, take.uniform(0.4, 1));
    add_at(sound, up, at_s + 0.07, take.uniform(0.1, 0.4));
  }
  return sound;
}

}  // namespace soundfold::synthesis::kinds
