// SPDX-License-Identifier: Apache-2.0
#include "synthesis/internal/exact_math.h"
#include "synthesis/kinds/kinds.h"

#include <algorithm>

namespace soundfold::synthesis::kinds {

/// Steady tones of one to eight partials, harmonic or not, some switched on and off, some trembling.
Signal tone(Random body, Random take, std::size_t count) {
  const int partials = body.integer(1, 8);
  const double lowest_hz = in_ratio(body, 60, 4000), slope = body.uniform(0.3, 1), spread = body.chance(0.6) ? 0 : 0.4;
  const double tremble_hz = in_ratio(body, 2, 30), tremble = body.chance(0.4) ? body.uniform(0.1, 1) : 0;
  const double switch_s = body.chance(0.4) ? in_ratio(body, 0.1, 1) : 1000;
  Signal sound(count, 0.0);
  double level = 1;
  for (int n = 1; n <= partials; ++n) {
    const double hz = lowest_hz * n * (1 + spread * body.uniform()), phase = take.uniform();
    for (std::size_t i = 0; i < count && hz < 0.47 * kRateHz; ++i) {
      sound[i] += level * sine(phase + hz * static_cast<double>(i) / kRateHz);
    }
    level *= slope;
  }
  const double later_s = take.uniform() * std::min(switch_s, 1.0);
  for (std::size_t i = 0; i < count; ++i) {
    const double t = static_cast<double>(i) / kRateHz;
    // A steep sine, clipped at 0 and 1, switches without a click.
    const double on = switch_s > 100 ? 1 : std::clamp(0.5 + 40 * sine((t + later_s) / (2 * switch_s)), 0.0, 1.0);
    sound[i] *= on * (1 - tremble * (0.5 + 0.5 * sine(tremble_hz * t)));
  }
  return sound;
}

}  // namespace soundfold::synthesis::kinds
