// SPDX-License-Identifier: Apache-2.0
#include "synthesis/internal/exact_math.h"
#include "synthesis/internal/filters.h"
#include "synthesis/internal/noise.h"
#include "synthesis/kinds/kinds.h"

namespace soundfold::synthesis::kinds {
namespace {

/// Drops that fall on one kind of surface, `level` loud on average.
Signal drops(Random& take, std::size_t count, double per_second, double ring_hz, double q, double level) {
  Signal sound = random_impulses(take, count, per_second);
  band_pass(sound, ring_hz, q);
  const double loudness = root_mean_square(sound);
  if (loudness > 0) scale(sound, level / loudness);
  return sound;
}

}  // namespace

/// The hiss of countless drops far away, many on the ground, and single ones on leaves, tin or stone near by.
Signal rain(Random body, Random take, std::size_t count) {
  Signal sound = coloured_noise(take, count, body.uniform(-2.8, 0.5));
  high_pass(sound, in_ratio(body, 40, 500));
  low_pass(sound, in_ratio(body, 3800, 9000));
  const double many = in_ratio(body, 100, 5000), many_hz = in_ratio(body, 600, 6500), many_q = in_ratio(body, 0.4, 2);
  const double many_level = body.uniform(0.2, 1);
  add_at(sound, drops(take, count, many, many_hz, many_q, many_level), 0);
  const double few = in_ratio(body, 4, 100), few_hz = in_ratio(body, 500, 4000), few_q = in_ratio(body, 0.5, 4);
  const double few_level = body.uniform(0.05, 0.4);
  add_at(sound, drops(take, count, few, few_hz, few_q, few_level), 0);
  Signal gusts = drift(take, count, 0.4);
  const double unsteadiness = body.uniform(0, 0.3);
  for (double& x : gusts) x = 1 - unsteadiness * x;
  shape(sound, gusts);
  return sound;
}

}  // namespace soundfold::synthesis::kinds
