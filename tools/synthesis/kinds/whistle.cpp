// SPDX-License-Identifier: Apache-2.0
#include "synthesis/internal/contour.h"
#include "synthesis/internal/exact_math.h"
#include "synthesis/internal/filters.h"
#include "synthesis/internal/noise.h"
#include "synthesis/kinds/kinds.h"

namespace soundfold::synthesis::kinds {

/// A person whistling a few notes: nearly pure tones with a vibrato and a little breath.
Signal whistle(Random body, Random take, std::size_t count) {
  const double centre_hz = in_ratio(body, 900, 2400), vibrato_hz = body.uniform(4, 7), depth = body.uniform(0, 0.02);
  const double breath = in_ratio(body, 0.01, 0.1), note_s = in_ratio(body, 0.15, 0.7);
  Signal sound(count, 0.0);
  double at_s = take.uniform(0, 0.4), hz = centre_hz;
  while (at_s < seconds_of(count)) {
    const double seconds = note_s * in_ratio(take, 0.6, 1.8), from_hz = hz;
    hz = centre_hz * power_of_two(take.integer(-7, 7) / 12.0);
    const Contour glide({{0, from_hz}, {take.uniform(0.1, 0.4), hz}});
    Signal air = white_noise(take, samples_in(seconds));
    band_pass(air, hz, 8);
    double turns = 0;
    for (std::size_t i = 0; i < air.size(); ++i) {
      const double waver = 1 + depth * sine(vibrato_hz * static_cast<double>(i) / kRateHz);
      turns += glide(static_cast<double>(i) / static_cast<double>(air.size())) * waver / kRateHz;
      air[i] = sine(turns) + 0.03 * sine(2 * turns) + 10 * breath * air[i];
    }
    fade_ends(air, 0.03, 0.05);
    add_at(sound, air, at_s, take.uniform(0.7, 1));
    at_s += seconds + (take.chance(0.3) ? take.uniform(0.1, 0.8) : 0.01);
  }
  return sound;
}

}  // namespace soundfold::synthesis::kinds
