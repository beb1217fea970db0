// SPDX-License-Identifier: Apache-2.0
#include "synthesis/internal/exact_math.h"
#include "synthesis/internal/filters.h"
#include "synthesis/internal/noise.h"
#include "synthesis/internal/rhythm.h"
#include "synthesis/kinds/kinds.h"

namespace soundfold::synthesis::kinds {
namespace {

Signal clap(Random& take, double hz, double seconds) {
  Signal sound = white_noise(take, samples_in(2 * seconds));
  band_pass(sound, hz, 1.2);
  fade_away(sound, seconds);
  return sound;
}

}  // namespace

/// From one pair of hands to an audience.
Signal clapping(Random body, Random take, std::size_t count) {
  const int people = static_cast<int>(in_ratio(body, 1, 100));
  const double middle_hz = in_ratio(body, 1000, 1800);
  Signal sound(count, 0.0);
  for (int n = 0; n < people; ++n) {
    const double hz = middle_hz * in_ratio(body, 0.6, 1.7), seconds = in_ratio(body, 0.012, 0.05),
                 period_s = in_ratio(body, 0.18, 0.5);
    const double loudness = people == 1 ? 1 : in_ratio(body, 0.1, 1);
    for (const double at_s : steady_times(take, seconds_of(count), period_s, 0.12)) {
      const double own_hz = hz * in_ratio(take, 0.85, 1.18);
      const Signal one = clap(take, own_hz, seconds);
      add_at(sound, one, at_s, loudness * take.uniform(0.6, 1));
    }
  }
  return sound;
}

}  // namespace soundfold::synthesis::kinds
