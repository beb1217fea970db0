// SPDX-License-Identifier: Apache-2.0
#include "synthesis/internal/contour.h"
#include "synthesis/internal/exact_math.h"
#include "synthesis/internal/filters.h"
#include "synthesis/internal/noise.h"
#include "synthesis/internal/rhythm.h"
#include "synthesis/kinds/kinds.h"

namespace soundfold::synthesis::kinds {
namespace {

/// Water that slaps and gurgles near by.
Signal gurgle(Random& take, std::size_t count, double hz) {
  Signal sound = coloured_noise(take, count, -3);
  band_pass(sound, hz, 2);
  Signal slaps = drift(take, count, 6);
  for (double& x : slaps) x *= x;
  shape(sound, slaps);
  scale(sound, 1 / root_mean_square(sound));
  return sound;
}

/// One wave: it swells, breaks and runs out.
Signal breaker(Random& take, double slope_db_per_octave, double rise_s, double fall_s, double height) {
  Signal sound = coloured_noise(take, samples_in(rise_s + fall_s), slope_db_per_octave);
  low_pass(sound, in_ratio(take, 700, 6000));
  const Contour swell({{0, 0}, {rise_s / (rise_s + fall_s), height}, {1, 0}});
  for (std::size_t i = 0; i < sound.size(); ++i) {
    sound[i] *= swell(static_cast<double>(i) / static_cast<double>(sound.size()));
  }
  return sound;
}

}  // namespace

/// Surf: a steady wash, waves that break, and gurgling.
Signal sea_waves(Random body, Random take, std::size_t count) {
  const double slope = body.uniform(-4.6, -2), foam_slope = body.uniform(-3, 0.5), period_s = in_ratio(body, 1.2, 6);
  Signal sound = coloured_noise(take, count, slope);
  high_pass(sound, in_ratio(body, 30, 250));
  const double gurgle_hz = in_ratio(body, 180, 550), gurgle_level = body.uniform(0.3, 0.9);
  add_at(sound, gurgle(take, count, gurgle_hz), 0, gurgle_level);
  for (const double middle_s : steady_times(take, seconds_of(count) + period_s, period_s, 0.4)) {
    const double rise_s = take.uniform(0.3, 0.5) * period_s, fall_s = take.uniform(0.5, 0.9) * period_s;
    const double height = take.uniform(0.6, 2);
    add_at(sound, breaker(take, foam_slope, rise_s, fall_s, height), middle_s - rise_s);
  }
  return sound;
}

}  // namespace soundfold::synthesis::kinds
