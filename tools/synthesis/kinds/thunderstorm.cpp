// SPDX-License-Identifier: Apache-2.0
#include "synthesis/internal/exact_math.h"
#include "synthesis/internal/filters.h"
#include "synthesis/internal/noise.h"
#include "synthesis/kinds/kinds.h"

namespace soundfold::synthesis::kinds {
namespace {

/// The crack of a near stroke, then echoes that roll on for seconds, ever duller.
Signal thunder(Random& take, double distance, double seconds) {
  Signal roll = coloured_noise(take, samples_in(seconds), -6);
  const double dull_hz = 900 - 700 * distance;
  low_pass(roll, dull_hz);
  Signal waves = drift(take, roll.size(), take.uniform(2, 6));
  for (double& x : waves) x = 0.2 + x * x;
  shape(roll, waves);
  fade_away(roll, 1.3 * seconds);
  fade_ends(roll, 0.02 + 0.5 * distance, 0.3);
  set_peak(roll, 1);
  if (distance > 0.6) return roll;
  Signal crack = white_noise(take, samples_in(0.4));
  Signal rips = drift(take, crack.size(), 40);
  for (double& x : rips) x = x * x * x;
  shape(crack, rips);
  low_pass(crack, 5000 - 5000 * distance);
  fade_away(crack, 0.5);
  add_at(roll, crack, 0, 0.8 - distance);
  return roll;
}

}  // namespace

Signal thunderstorm(Random body, Random take, std::size_t count) {
  const double rain_level = body.chance(0.6) ? in_ratio(body, 0.002, 0.03) : 0;
  Signal sound = coloured_noise(take, count, body.uniform(-2, 0));
  high_pass(sound, 500);
  scale(sound, rain_level);
  double at_s = take.uniform(0, 1);
  while (at_s < seconds_of(count) - 0.5) {
    const double distance = take.uniform(), seconds = take.uniform(2, 5);
    add_at(sound, thunder(take, distance, seconds), at_s);
    at_s += take.uniform(1.5, 5);
  }
  return sound;
}

}  // namespace soundfold::synthesis::kinds
