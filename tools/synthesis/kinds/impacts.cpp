// SPDX-License-Identifier: Apache-2.0
#include "synthesis/internal/exact_math.h"
#include "synthesis/internal/modes.h"
#include "synthesis/internal/noise.h"
#include "synthesis/internal/rhythm.h"
#include "synthesis/kinds/kinds.h"

#include <vector>

namespace soundfold::synthesis::kinds {
namespace {

/// A thing of wood, metal, glass or plastic.
std::vector<Mode> any_thing(Random& body) {
  const int modes = body.integer(3, 12);
  const double lowest_hz = in_ratio(body, 80, 2500), decay_s = in_ratio(body, 0.02, 2),
               spread = in_ratio(body, 0.2, 1.5);
  std::vector<Mode> thing;
  double hz = lowest_hz;
  for (int n = 0; n < modes; ++n) {
    const double level = in_ratio(body, 0.1, 1), damping = body.uniform(0.5, 1.5);
    thing.push_back({hz, level, decay_s * damping / (1 + 0.2 * n)});
    hz *= 1 + spread * body.uniform(0.2, 1);
  }
  return thing;
}

}  // namespace

/// One thing struck now and then, or in a rhythm; or bouncing, ever faster.
Signal impacts(Random body, Random take, std::size_t count) {
  const Signal ring = strike(any_thing(body), 2);
  const double contact = in_ratio(body, 0.05, 2), contact_s = in_ratio(body, 0.003, 0.05),
               period_s = in_ratio(body, 0.1, 1.5);
  const bool bounces = body.chance(0.25), steady = body.chance(0.5);
  std::vector<double> times;
  if (bounces) {
    double gap_s = take.uniform(0.3, 0.7);
    for (double at_s = take.uniform(0, 0.5); gap_s > 0.02; gap_s *= 0.8) {
      times.push_back(at_s);
      at_s += gap_s;
    }
  } else {
    times = steady ? steady_times(take, seconds_of(count), period_s, 0.04)
                   : random_times(take, seconds_of(count), 1 / period_s);
  }
  times.push_back(take.uniform(0, 0.5));
  Signal sound(count, 0.0);
  double level = 1;
  for (const double at_s : times) {
    Signal touch = white_noise(take, samples_in(contact_s));
    fade_away(touch, contact_s);
    const double force = level * take.uniform(0.5, 1);
    add_at(sound, ring, at_s, force);
    add_at(sound, touch, at_s, contact * force);
    if (bounces) level *= 0.85;
  }
  return sound;
}

}  // namespace soundfold::synthesis::kinds
