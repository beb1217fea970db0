// SPDX-License-Identifier: Apache-2.0
#include "synthesis/internal/exact_math.h"
#include "synthesis/internal/filters.h"
#include "synthesis/internal/noise.h"
#include "synthesis/internal/rhythm.h"
#include "synthesis/kinds/kinds.h"

namespace soundfold::synthesis::kinds {
namespace {

/// The burst of a pocket of steam in the wood.
Signal crack(Random& take, double seconds, double hz) {
  Signal sound = white_noise(take, samples_in(seconds));
  band_pass(sound, hz, 0.8);
  fade_away(sound, seconds);
  return sound;
}

}  // namespace

Signal crackling_fire(Random body, Random take, std::size_t count) {
  const double per_second = in_ratio(body, 12, 80), middle_hz = in_ratio(body, 1800, 5000),
               roar = in_ratio(body, 0.005, 0.06);
  Signal sound = coloured_noise(take, count, body.uniform(-5, -1.5));
  Signal flames = drift(take, count, 3);
  for (double& x : flames) x = roar * (0.4 + x);
  shape(sound, flames);
  for (const double at_s : random_times(take, seconds_of(count), per_second)) {
    const double seconds = in_ratio(take, 0.003, 0.03), hz = middle_hz * in_ratio(take, 0.5, 2);
    const double size = in_ratio(take, 0.03, 1);
    add_at(sound, crack(take, seconds, hz), at_s, size);
  }
  return sound;
}

}  // namespace soundfold::synthesis::kinds
