// SPDX-License-Identifier: Apache-2.0
#include "synthesis/internal/exact_math.h"
#include "synthesis/internal/filters.h"
#include "synthesis/internal/modes.h"
#include "synthesis/internal/noise.h"
#include "synthesis/internal/rhythm.h"
#include "synthesis/kinds/kinds.h"

#include <vector>

namespace soundfold::synthesis::kinds {
namespace {

/// What is walked on.
struct Ground {
  double thump_hz, thump_decay_s, grit_hz, grit, grit_s;
};

/// The heel's thump, then the sole's scrape.
Signal footstep(const Ground& ground, Random& take) {
  std::vector<Mode> floor;
  for (int n = 0; n < 8; ++n) {
    const double hz = ground.thump_hz * (1 + n * take.uniform(0.25, 0.6)), level = in_ratio(take, 0.3, 1);
    floor.push_back({hz, level, ground.thump_decay_s / (1 + 0.4 * n)});
  }
  Signal sound = strike(floor, 0.3);
  Signal grit = random_impulses(take, samples_in(ground.grit_s), 3000);
  band_pass(grit, ground.grit_hz, 0.7);
  fade_ends(grit, 0.01, 0.03);
  set_peak(grit, ground.grit);
  add_at(sound, grit, take.uniform(0, 0.02));
  if (take.chance(0.5)) add_at(sound, grit, 0.1, 0.4);
  return sound;
}

}  // namespace

Signal footsteps(Random body, Random take, std::size_t count) {
  Ground ground;
  ground.thump_hz = in_ratio(body, 40, 160);
  ground.thump_decay_s = in_ratio(body, 0.015, 0.06);
  ground.grit_hz = in_ratio(body, 1200, 5000);
  ground.grit = in_ratio(body, 0.03, 1);
  ground.grit_s = in_ratio(body, 0.015, 0.15);
  const double period_s = in_ratio(body, 0.28, 0.75);
  Signal sound(count, 0.0);
  for (const double at_s : steady_times(take, seconds_of(count), period_s, 0.06)) {
    const Signal step = footstep(ground, take);
    add_at(sound, step, at_s, take.uniform(0.6, 1));
  }
  return sound;
}

}  // namespace soundfold::synthesis::kinds
