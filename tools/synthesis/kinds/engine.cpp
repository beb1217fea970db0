// SPDX-License-Identifier: Apache-2.0
#include "synthesis/internal/exact_math.h"
#include "synthesis/internal/filters.h"
#include "synthesis/internal/noise.h"
#include "synthesis/internal/voice.h"
#include "synthesis/kinds/kinds.h"

namespace soundfold::synthesis::kinds {

/// A piston engine that idles or is revved: uneven firing through an exhaust's resonances, and mechanical noise.
Signal engine(Random body, Random take, std::size_t count) {
  const double firing_hz = in_ratio(body, 18, 90), revving = body.chance(0.5) ? body.uniform(0.1, 1.5) : 0.03;
  std::vector<Contour::Point> speed;
  for (double at = 0; at <= 1; at += 0.1) speed.push_back({at, 1 + revving * take.uniform()});
  Larynx pistons;
  pistons.pitch_hz = Contour(speed).times(firing_hz);
  pistons.loudness = 1;
  pistons.breath = body.uniform(0.2, 1);
  pistons.jitter = body.uniform(0.005, 0.05);
  pistons.shimmer = body.uniform(0.05, 0.4);
  pistons.roughness = body.uniform(0, 0.6);
  Signal sound = phonate(pistons, take, seconds_of(count));
  Signal exhaust(count, 0.0);
  for (int n = 1; n <= 4; ++n) {
    Signal pipe = sound;
    const double hz = 70 * n * in_ratio(body, 0.7, 1.5), q = body.uniform(1, 4);
    band_pass(pipe, hz, q);
    add_at(exhaust, pipe, 0, 1.0 / n);
  }
  Signal valves = coloured_noise(take, count, -2);
  high_pass(valves, 800);
  const double clatter = in_ratio(body, 0.01, 0.12);
  for (std::size_t i = 0; i < count; ++i) exhaust[i] += clatter * valves[i] * (0.3 + sound[i] * sound[i]);
  low_pass(exhaust, in_ratio(body, 1000, 6000));
  return exhaust;
}

}  // namespace soundfold::synthesis::kinds
