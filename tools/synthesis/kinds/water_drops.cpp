// SPDX-License-Identifier: Apache-2.0
#include "synthesis/internal/exact_math.h"
#include "synthesis/internal/rhythm.h"
#include "synthesis/kinds/kinds.h"

namespace soundfold::synthesis::kinds {
namespace {

/// A bubble rings at a pitch set by its size (M. Minnaert, 1933) that rises as it nears the surface.
Signal bubble(double hz, double rise, double decay_s) {
  Signal sound(samples_in(decay_s));
  double turns = 0;
  for (std::size_t i = 0; i < sound.size(); ++i) {
    const double t = static_cast<double>(i) / kRateHz;
    turns += hz * (1 + rise * t / decay_s) / kRateHz;
    sound[i] = sine(turns);
  }
  fade_away(sound, decay_s);
  return sound;
}

}  // namespace

Signal water_drops(Random body, Random take, std::size_t count) {
  const double hz = in_ratio(body, 500, 2500), period_s = in_ratio(body, 0.2, 1.5),
               unevenness = body.uniform(0.02, 0.7);
  Signal sound(count, 0.0);
  for (const double at_s : steady_times(take, seconds_of(count), period_s, unevenness)) {
    const int bubbles = take.integer(1, 3);
    for (int n = 0; n < bubbles; ++n) {
      const double own_hz = hz * in_ratio(take, 0.7, 1.5), rise = take.uniform(0.1, 0.9),
                   decay_s = in_ratio(take, 0.03, 0.15);
      const double later_s = n * take.uniform(0.01, 0.06);
      add_at(sound, bubble(own_hz, rise, decay_s), at_s + later_s, in_ratio(take, 0.2, 1));
    }
  }
  return sound;
}

}  // namespace soundfold::synthesis::kinds
