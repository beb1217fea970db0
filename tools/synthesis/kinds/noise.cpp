// SPDX-License-Identifier: Apache-2.0
#include "synthesis/internal/noise.h"

#include "synthesis/internal/exact_math.h"
#include "synthesis/internal/filters.h"
#include "synthesis/kinds/kinds.h"

namespace soundfold::synthesis::kinds {

/// Noise of any colour, whole or as a band, steady, drifting or pulsing.
Signal noise(Random body, Random take, std::size_t count) {
  Signal sound = coloured_noise(take, count, body.uniform(-6, 5));
  if (body.chance(0.5)) {
    const double hz = in_ratio(body, 150, 5000), q = in_ratio(body, 0.5, 15);
    band_pass(sound, hz, q);
  }
  const double change = body.uniform();
  if (change < 0.35) return sound;
  const double hz = in_ratio(body, 0.5, 30), depth = body.uniform(0.3, 1);
  Signal envelope = drift(take, count, hz);
  for (std::size_t i = 0; i < count; ++i) {
    const double regular = 0.5 + 0.5 * sine(hz * static_cast<double>(i) / kRateHz);
    envelope[i] = 1 - depth + depth * (change < 0.7 ? envelope[i] : regular * regular);
  }
  shape(sound, envelope);
  return sound;
}

}  // namespace soundfold::synthesis::kinds
