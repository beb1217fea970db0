// SPDX-License-Identifier: Apache-2.0
#include "synthesis/internal/exact_math.h"
#include "synthesis/internal/filters.h"
#include "synthesis/internal/noise.h"
#include "synthesis/internal/voice.h"
#include "synthesis/kinds/kinds.h"

namespace soundfold::synthesis::kinds {

/// A jet or a propeller passing over, slowly louder or softer, the ground's echo combing the noise.
Signal airplane(Random body, Random take, std::size_t count) {
  Signal sound = coloured_noise(take, count, body.uniform(-6, -3));
  low_pass(sound, in_ratio(body, 800, 4000));
  if (body.chance(0.5)) {
    Larynx propeller;
    const double blade_hz = in_ratio(body, 60, 140), bend = take.uniform(-0.06, 0.06),
                 loudness = in_ratio(body, 0.5, 3);
    propeller.pitch_hz = Contour({{0, 1 + bend}, {1, 1 - bend}}).times(blade_hz);
    propeller.loudness = 1;
    propeller.jitter = 0.01;
    propeller.shimmer = 0.1;
    Signal drone = phonate(propeller, take, seconds_of(count));
    low_pass(drone, in_ratio(body, 300, 1500));
    add_at(sound, drone, 0, loudness);
  }
  const Signal direct = sound;
  const double echo_s = in_ratio(take, 0.002, 0.015);
  add_at(sound, direct, echo_s, 0.6);
  Signal air = drift(take, count, 1);
  const double from = in_ratio(take, 0.25, 1), to = in_ratio(take, 0.25, 1);
  for (std::size_t i = 0; i < count; ++i) {
    const double along = static_cast<double>(i) / static_cast<double>(count);
    sound[i] *= (from + (to - from) * along) * (0.7 + 0.3 * air[i]);
  }
  return sound;
}

}  // namespace soundfold::synthesis::kinds
