// SPDX-License-Identifier: Apache-2.0
#include "synthesis/internal/exact_math.h"
#include "synthesis/internal/filters.h"
#include "synthesis/internal/noise.h"
#include "synthesis/internal/rhythm.h"
#include "synthesis/kinds/kinds.h"

#include <vector>

namespace soundfold::synthesis::kinds {
namespace {

Signal explosion(Random& take, double hz, double seconds) {
  Signal sound = coloured_noise(take, samples_in(seconds), -5);
  low_pass(sound, hz);
  fade_away(sound, seconds);
  set_peak(sound, 1);
  return sound;
}

/// The sparks that crackle after the burst.
Signal sparks(Random& take, double seconds) {
  Signal sound = random_impulses(take, samples_in(seconds), 60);
  band_pass(sound, 3000, 0.7);
  fade_ends(sound, 0.1, 0.6 * seconds);
  set_peak(sound, 1);
  return sound;
}

Signal rocket(Random& take) {
  const double seconds = take.uniform(0.5, 1.2), from_hz = in_ratio(take, 900, 2500),
               to_hz = from_hz * in_ratio(take, 0.5, 1.6);
  Signal sound(samples_in(seconds));
  double turns = 0;
  for (std::size_t i = 0; i < sound.size(); ++i) {
    const double along = static_cast<double>(i) / static_cast<double>(sound.size());
    turns += (from_hz + (to_hz - from_hz) * along) / kRateHz;
    sound[i] = sine(turns) + take.uniform(-0.7, 0.7);
  }
  fade_ends(sound, 0.2, 0.05);
  return sound;
}

}  // namespace

Signal fireworks(Random body, Random take, std::size_t count) {
  const double hz = in_ratio(body, 500, 4000), seconds = in_ratio(body, 0.3, 1.5), per_second = in_ratio(body, 0.6, 5);
  const bool rockets = body.chance(0.4), crackles = body.chance(0.6);
  Signal sound(count, 0.0);
  std::vector<double> times = random_times(take, seconds_of(count), per_second);
  times.push_back(take.uniform(0, 1.5));
  for (const double at_s : times) {
    const double nearness = in_ratio(take, 0.2, 1), own_hz = hz * nearness;
    if (rockets) add_at(sound, rocket(take), at_s - 0.8, 0.03 * nearness);
    add_at(sound, explosion(take, own_hz, seconds), at_s, nearness);
    if (crackles) add_at(sound, sparks(take, 1.5), at_s + 0.15, 0.3 * nearness);
  }
  return sound;
}

}  // namespace soundfold::synthesis::kinds
