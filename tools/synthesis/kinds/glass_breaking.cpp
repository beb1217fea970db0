// SPDX-License-Identifier: Apache-2.0
#include "synthesis/internal/exact_math.h"
#include "synthesis/internal/filters.h"
#include "synthesis/internal/modes.h"
#include "synthesis/internal/noise.h"
#include "synthesis/kinds/kinds.h"

namespace soundfold::synthesis::kinds {
namespace {

/// A shard that falls and rings.
Signal shard(Random& take) {
  const double hz = in_ratio(take, 1800, 6500), decay_s = in_ratio(take, 0.04, 0.35);
  const double second = take.uniform(1.3, 1.8);
  return strike({{hz, 1, decay_s}, {second * hz, 0.6, 0.7 * decay_s}}, decay_s);
}

}  // namespace

Signal glass_breaking(Random body, Random take, std::size_t count) {
  const double burst_hz = in_ratio(body, 1500, 4500), spread_s = in_ratio(body, 0.15, 1.0);
  const int shards = body.integer(15, 90);
  Signal sound(count, 0.0);
  const double at_s = take.uniform(0.05, 0.8);
  Signal burst = white_noise(take, samples_in(0.25));
  band_pass(burst, burst_hz, 0.5);
  fade_away(burst, take.uniform(0.1, 0.25));
  add_at(sound, burst, at_s, 1.5);
  for (int n = 0; n < shards; ++n) {
    // Most fall at once, some later.
    const double later = take.uniform();
    const double level = in_ratio(take, 0.05, 0.7);
    add_at(sound, shard(take), at_s + spread_s * later * later * later * 1.5, level * (1 - 0.6 * later));
  }
  return sound;
}

}  // namespace soundfold::synthesis::kinds
