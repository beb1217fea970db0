#include "synthesis/filters.h"
#include "synthesis/kinds/kinds.h"
#include "synthesis/noise.h"

namespace soundfold::synthesis::kinds {

/// The hiss of many drops far away, and single drops on leaves, tin or stone near by.
Signal rain(Random body, Random take, std::size_t count) {
  Signal sound = coloured_noise(take, count, body.uniform(-2.5, 0.5));
  high_pass(sound, body.in_ratio(200, 1200));
  scale(sound, 0.3);
  const int surfaces = body.integer(1, 4);
  for (int n = 0; n < surfaces; ++n) {
    const double per_second = body.in_ratio(20, 1500), ring_hz = body.in_ratio(500, 5500), q = body.in_ratio(0.6, 5);
    Signal drops = random_impulses(take, count, per_second);
    band_pass(drops, ring_hz, q);
    const double level = root_mean_square(drops);
    if (level > 0) scale(drops, body.in_ratio(0.1, 0.6) / level);
    add_at(sound, drops, 0);
  }
  Signal gusts = drift(take, count, 0.4);
  const double unsteadiness = body.uniform(0, 0.4);
  for (double& x : gusts) x = 1 - unsteadiness * x;
  shape(sound, gusts);
  return sound;
}

}  // namespace soundfold::synthesis::kinds
