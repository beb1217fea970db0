// SPDX-License-Identifier: Apache-2.0
#include "synthesis/internal/exact_math.h"
#include "synthesis/internal/filters.h"
#include "synthesis/internal/noise.h"
#include "synthesis/internal/voice.h"
#include "synthesis/kinds/kinds.h"

namespace soundfold::synthesis::kinds {

/// Flies and bees: the beat of wings, near and far.
Signal insects(Random body, Random take, std::size_t count) {
  const int how_many = body.integer(1, 3);
  const double beat_hz = in_ratio(body, 160, 290);
  Signal sound(count, 0.0);
  for (int n = 0; n < how_many; ++n) {
    Larynx wings;
    std::vector<Contour::Point> flight;
    for (double at = 0; at <= 1; at += 0.08) flight.push_back({at, take.uniform(0.88, 1.12)});
    const double own_hz = beat_hz * in_ratio(take, 0.85, 1.18);
    wings.pitch_hz = Contour(flight).times(own_hz);
    wings.loudness = 1;
    wings.breath = take.uniform(0.1, 0.8);
    wings.jitter = 0.04;
    wings.shimmer = 0.4;
    Signal buzz = phonate(wings, take, seconds_of(count));
    const double near_hz = in_ratio(take, 0.3, 1.2);
    Signal distance = drift(take, count, near_hz);
    for (double& x : distance) x = 0.05 + x * x;
    shape(buzz, distance);
    add_at(sound, buzz, 0);
  }
  high_pass(sound, 0.8 * beat_hz);
  low_pass(sound, in_ratio(body, 900, 6000));
  return sound;
}

}  // namespace soundfold::synthesis::kinds
