// SPDX-License-Identifier: Apache-2.0
#include "synthesis/internal/exact_math.h"
#include "synthesis/kinds/kinds.h"

namespace soundfold::synthesis::kinds {

/// A tone with some harmonics that sweeps up or down again and again, evenly in ratio.
Signal sweep(Random body, Random take, std::size_t count) {
  const double from_hz = in_ratio(body, 80, 5000), to_hz = in_ratio(body, 80, 5000), sweep_s = in_ratio(body, 0.05, 4);
  const double pause_s = body.chance(0.5) ? 0 : in_ratio(body, 0.05, 0.8), harmonics = body.uniform(0, 0.6);
  const bool returns = body.chance(0.4);
  const double period_s = sweep_s + pause_s, start_s = take.uniform() * period_s;
  const double octaves = log_of_base_two(to_hz / from_hz);
  Signal sound(count);
  double turns = 0, in_period_s = start_s;
  for (double& x : sound) {
    const double along = in_period_s / sweep_s;
    const double place = !returns ? along : along < 0.5 ? 2 * along : 2 - 2 * along;
    const double hz = from_hz * power_of_two(octaves * place);
    turns += hz / kRateHz;
    const double edge = along < 0.02 ? along / 0.02 : along < 0.95 ? 1 : along < 1 ? (1 - along) / 0.05 : 0;
    x = edge * (sine(turns) + (2 * hz < 0.47 * kRateHz ? harmonics * sine(2 * turns) : 0) +
                (3 * hz < 0.47 * kRateHz ? harmonics * harmonics * sine(3 * turns) : 0));
    in_period_s += 1.0 / kRateHz;
    if (in_period_s >= period_s) in_period_s -= period_s;
  }
  return sound;
}

}  // namespace soundfold::synthesis::kinds
