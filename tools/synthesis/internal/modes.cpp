// SPDX-License-Identifier: Apache-2.0
#include "synthesis/internal/modes.h"

#include "synthesis/internal/exact_math.h"

namespace soundfold::synthesis {

Signal strike(const std::vector<Mode>& modes, double seconds) {
  Signal sound(samples_in(seconds), 0.0);
  for (const Mode& mode : modes) {
    const double turns = mode.hz / kRateHz;
    if (turns > 0.47) continue;
    const double radius = decay_per_sample(mode.decay_s);
    const double a1 = 2 * radius * cosine(turns), a2 = radius * radius;
    double y1 = 0, y2 = -mode.level * sine(turns) / radius;  // so that y = level * radius^n * sin(2 pi turns n)
    for (double& x : sound) {
      x += y1;
      const double y = a1 * y1 - a2 * y2;
      y2 = y1;
      y1 = y;
    }
  }
  return sound;
}

}  // namespace soundfold::synthesis
