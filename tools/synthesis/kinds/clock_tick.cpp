// SPDX-License-Identifier: Apache-2.0
#include "synthesis/internal/exact_math.h"
#include "synthesis/internal/filters.h"
#include "synthesis/internal/noise.h"
#include "synthesis/kinds/kinds.h"

#include <vector>

namespace soundfold::synthesis::kinds {
namespace {

/// The case and the wheels ring at many pitches; the escapement hits them a few times within some milliseconds.
struct Movement {
  std::vector<double> rings_hz, levels;
  double q, burst_s, gap_s;
  int bursts;
};

Movement any_movement(Random& body) {
  Movement movement;
  const double low_hz = in_ratio(body, 340, 900), high_hz = in_ratio(body, 3000, 5500);
  const int rings = body.integer(10, 22);
  for (int n = 0; n < rings; ++n) {
    movement.rings_hz.push_back(in_ratio(body, low_hz, high_hz));
    movement.levels.push_back(in_ratio(body, 0.3, 1));
  }
  movement.q = in_ratio(body, 9, 35);
  movement.burst_s = in_ratio(body, 0.004, 0.025);
  movement.gap_s = in_ratio(body, 0.002, 0.013);
  movement.bursts = body.integer(2, 5);
  return movement;
}

Signal beat(const Movement& movement, double pitch, Random& take) {
  Signal hits(samples_in(0.25), 0.0);
  double level = 1;
  for (int n = 0; n < movement.bursts; ++n) {
    Signal burst = white_noise(take, samples_in(movement.burst_s));
    fade_away(burst, movement.burst_s);
    add_at(hits, burst, n * movement.gap_s * take.uniform(0.8, 1.2), level);
    level *= take.uniform(0.6, 1.1);
  }
  Signal sound = hits;
  scale(sound, 0.03);
  for (std::size_t n = 0; n < movement.rings_hz.size(); ++n) {
    Signal ring = hits;
    band_pass(ring, pitch * movement.rings_hz[n], movement.q);
    const double loudness = root_mean_square(ring);
    if (loudness > 0) add_at(sound, ring, 0, 0.03 * movement.levels[n] / loudness);
  }
  set_peak(sound, 1);
  return sound;
}

}  // namespace

Signal clock_tick(Random body, Random take, std::size_t count) {
  const Movement movement = any_movement(body);
  const double period_s = body.chance(0.35) ? 1 : in_ratio(body, 0.3, 0.8);
  const double limp = body.uniform(-0.08, 0.08), tock_level = body.uniform(0.2, 0.8),
               tock_pitch = body.uniform(0.8, 1.1);
  const Signal tick = beat(movement, 1, take), tock = beat(movement, tock_pitch, take);
  Signal sound(count, 0.0);
  bool is_tick = true;
  for (double at_s = take.uniform() * period_s; at_s < seconds_of(count); at_s += period_s) {
    const double level = (is_tick ? 1 : tock_level) * take.uniform(0.85, 1);
    add_at(sound, is_tick ? tick : tock, at_s + (is_tick ? 0 : limp * period_s), level);
    is_tick = !is_tick;
  }
  return sound;
}

}  // namespace soundfold::synthesis::kinds
