// SPDX-License-Identifier: Apache-2.0
#include "synthesis/internal/exact_math.h"
#include "synthesis/internal/filters.h"
#include "synthesis/internal/modes.h"
#include "synthesis/internal/noise.h"
#include "synthesis/kinds/kinds.h"

namespace soundfold::synthesis::kinds {
namespace {

Signal click(Random& take, double hz, double decay_s) {
  Signal sound = strike({{hz, 0.6, decay_s}, {1.7 * hz, 0.4, 0.6 * decay_s}}, 3 * decay_s);
  Signal contact = white_noise(take, samples_in(0.004));
  high_pass(contact, 1000);
  add_at(sound, contact, 0, 0.7);
  return sound;
}

}  // namespace

/// Press and release, a little different.
Signal mouse_click(Random body, Random take, std::size_t count) {
  const double hz = in_ratio(body, 1500, 4000), decay_s = in_ratio(body, 0.004, 0.02),
               hold_s = in_ratio(body, 0.05, 0.15);
  Signal sound(count, 0.0);
  double at_s = take.uniform(0, 0.7);
  while (at_s < seconds_of(count)) {
    const Signal press = click(take, hz, decay_s), release = click(take, 1.15 * hz, decay_s);
    add_at(sound, press, at_s, take.uniform(0.7, 1));
    const double release_s = at_s + hold_s * in_ratio(take, 0.8, 1.25);
    add_at(sound, release, release_s, take.uniform(0.3, 0.7));
    at_s += take.chance(0.3) ? 0.2 : take.uniform(0.4, 2);
  }
  return sound;
}

}  // namespace soundfold::synthesis::kinds
