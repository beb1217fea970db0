// SPDX-License-Identifier: Apache-2.0
#include "synthesis/internal/noise.h"

#include "synthesis/internal/exact_math.h"

#include <algorithm>
#include <cmath>

namespace soundfold::synthesis {
namespace {

/// The place in the z plane of a real pole or zero at `hz`.
double place_of(double hz) {
  return power_of_two(-kTwoPi * kLogTwoOfE * hz / kRateHz);
}

/// One pole and one zero an octave each, the zero above or below its pole by the slope's share of that octave.
void tilt(Signal& signal, double slope_db_per_octave) {
  const double share = -slope_db_per_octave / 6.0206;
  for (int octave = 0; octave < 8; ++octave) {
    const double pole_hz = 30 * power_of_two(octave);
    const double pole = place_of(pole_hz), zero = place_of(pole_hz * power_of_two(share));
    double last_in = 0, last_out = 0;
    for (double& x : signal) {
      const double y = x - zero * last_in + pole * last_out;
      last_in = x;
      last_out = y;
      x = y;
    }
  }
}

}  // namespace

Signal white_noise(Random& random, std::size_t count) {
  Signal noise(count);
  for (double& x : noise) x = random.uniform(-1, 1);
  return noise;
}

Signal coloured_noise(Random& random, std::size_t count, double slope_db_per_octave) {
  Signal noise = white_noise(random, count);
  if (slope_db_per_octave != 0) tilt(noise, slope_db_per_octave);
  const double level = root_mean_square(noise);
  if (level > 0) scale(noise, 1 / level);
  return noise;
}

Signal drift(Random& random, std::size_t count, double hz) {
  Signal movement(count);
  double from = random.uniform(), to = random.uniform(), position = random.uniform(), step = hz / kRateHz;
  for (double& x : movement) {
    x = from + (to - from) * (0.5 - 0.5 * cosine(0.5 * position));
    position += step;
    if (position < 1) continue;
    position -= 1;
    from = to;
    to = random.uniform();
    step = random.uniform(0.5, 1.5) * hz / kRateHz;
  }
  return movement;
}

Signal random_impulses(Random& random, std::size_t count, double per_second) {
  Signal impulses(count, 0.0);
  const double probability = std::min(1.0, per_second / kRateHz);
  for (double& x : impulses) {
    if (!random.chance(probability)) continue;
    const double size = in_ratio(random, 0.05, 1);
    x = random.chance(0.5) ? size : -size;
  }
  return impulses;
}

}  // namespace soundfold::synthesis
