// SPDX-License-Identifier: Apache-2.0
#include "synthesis/internal/exact_math.h"
#include "synthesis/internal/filters.h"
#include "synthesis/internal/voice.h"
#include "synthesis/kinds/kinds.h"

namespace soundfold::synthesis::kinds {

/// Two trumpets a third or so apart, blown together.
Signal car_horn(Random body, Random take, std::size_t count) {
  const double hz = in_ratio(body, 280, 480), interval = body.chance(0.8) ? body.uniform(1.18, 1.34) : 1;
  const double colour_hz = in_ratio(body, 1200, 3000);
  Signal sound(count, 0.0);
  double at_s = take.uniform(0, 0.4);
  while (at_s < seconds_of(count) - 0.1) {
    const double seconds = in_ratio(take, 0.12, 2);
    Larynx trumpet;
    trumpet.loudness = Contour({{0, 0}, {0.02 / seconds, 1}, {1 - 0.02 / seconds, 1}, {1, 0}});
    trumpet.jitter = 0.002;
    trumpet.pitch_hz = hz;
    Signal honk = phonate(trumpet, take, seconds);
    trumpet.pitch_hz = hz * interval;
    if (interval > 1) add_at(honk, phonate(trumpet, take, seconds), 0);
    Signal bell = honk;
    band_pass(bell, colour_hz, 1.2);
    add_at(honk, bell, 0, 2);
    low_pass(honk, 2.2 * colour_hz);
    add_at(sound, honk, at_s);
    at_s += seconds + in_ratio(take, 0.1, 1.2);
  }
  return sound;
}

}  // namespace soundfold::synthesis::kinds
