// SPDX-License-Identifier: Apache-2.0
#include "synthesis/internal/exact_math.h"
#include "synthesis/internal/filters.h"
#include "synthesis/internal/noise.h"
#include "synthesis/internal/voice.h"
#include "synthesis/kinds/kinds.h"

namespace soundfold::synthesis::kinds {

/// Rushing air and the whine of a fast motor, some starting up in the recording.
Signal vacuum_cleaner(Random body, Random take, std::size_t count) {
  Signal air = coloured_noise(take, count, body.uniform(-3, 0));
  const double nozzle_hz = in_ratio(body, 500, 3000), nozzle = body.uniform(0.3, 1.5);
  Signal whistle = air;
  band_pass(whistle, nozzle_hz, 1.5);
  add_at(air, whistle, 0, nozzle);
  Larynx motor;
  const double motor_hz = in_ratio(body, 180, 700), whine = in_ratio(body, 0.1, 1.2);
  const double start = take.chance(0.2) ? 0.4 : 0.98;
  motor.pitch_hz = Contour({{0, start}, {0.3, 1}, {1, take.uniform(0.98, 1.02)}}).times(motor_hz);
  motor.loudness = 1;
  motor.jitter = 0.002;
  Signal whirr = phonate(motor, take, seconds_of(count));
  low_pass(whirr, in_ratio(body, 1000, 5000));
  add_at(air, whirr, 0, whine);
  if (start < 0.5) fade_ends(air, 0.8, 0);
  high_pass(air, 100);
  return air;
}

}  // namespace soundfold::synthesis::kinds
