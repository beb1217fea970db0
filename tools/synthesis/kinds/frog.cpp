// SPDX-License-Identifier: Apache-2.0
#include "synthesis/internal/exact_math.h"
#include "synthesis/internal/modes.h"
#include "synthesis/internal/rhythm.h"
#include "synthesis/kinds/kinds.h"

namespace soundfold::synthesis::kinds {
namespace {

/// A croak is a row of short pulses that ring in the vocal sac.
Signal croak(Random& take, double pulse_hz, double ring_hz, double seconds) {
  const Signal pulse = strike({{ring_hz, 1, 0.03}, {2.1 * ring_hz, 0.4, 0.02}, {3.3 * ring_hz, 0.15, 0.015}}, 0.05);
  Signal sound(samples_in(seconds + 0.06), 0.0);
  for (const double at_s : steady_times(take, seconds, 1 / pulse_hz, 0.08)) {
    const double along = at_s / seconds;
    add_at(sound, pulse, at_s, 0.3 + along * (1.7 - along));
  }
  return sound;
}

}  // namespace

Signal frog(Random body, Random take, std::size_t count) {
  const double pulse_hz = in_ratio(body, 18, 90), ring_hz = in_ratio(body, 400, 2600),
               croak_s = in_ratio(body, 0.12, 0.7);
  const double period_s = croak_s + in_ratio(body, 0.15, 1.2);
  Signal sound(count, 0.0);
  for (const double at_s : steady_times(take, seconds_of(count), period_s, 0.15)) {
    const double pulses = pulse_hz * in_ratio(take, 0.93, 1.07), ring = ring_hz * in_ratio(take, 0.96, 1.04);
    const double seconds = croak_s * in_ratio(take, 0.85, 1.18);
    const Signal one = croak(take, pulses, ring, seconds);
    add_at(sound, one, at_s, take.uniform(0.6, 1));
  }
  return sound;
}

}  // namespace soundfold::synthesis::kinds
