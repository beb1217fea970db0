// SPDX-License-Identifier: Apache-2.0
#include "synthesis/internal/exact_math.h"
#include "synthesis/internal/filters.h"
#include "synthesis/internal/noise.h"
#include "synthesis/internal/voice.h"
#include "synthesis/kinds/kinds.h"

namespace soundfold::synthesis::kinds {
namespace {

Signal turbine(Random& take, double hz, std::size_t count) {
  Larynx blades;
  blades.pitch_hz = hz;
  blades.loudness = 1;
  return phonate(blades, take, seconds_of(count));
}

/// Noise of root mean square 1.
Signal band(Random& take, std::size_t count, double slope_db_per_octave, double hz, double q) {
  Signal sound = coloured_noise(take, count, slope_db_per_octave);
  band_pass(sound, hz, q);
  scale(sound, 1 / root_mean_square(sound));
  return sound;
}

}  // namespace

/// The slap of the blades on the air, low and as a band of noise a moment later, and a turbine's whine.
Signal helicopter(Random body, Random take, std::size_t count) {
  const double blade_hz = in_ratio(body, 12, 27), sharpness = body.uniform(3, 15), slap = body.uniform(0.42, 0.82);
  const double low_hz = in_ratio(body, 60, 400), slap_hz = in_ratio(body, 380, 1300), slap_level = body.uniform(0.8, 3);
  const double thump = in_ratio(body, 0.03, 0.7), thump_turns = body.uniform(1.5, 7), hiss = in_ratio(body, 0.02, 0.4);
  const double whine = in_ratio(body, 0.003, 0.2), whine_hz = in_ratio(body, 200, 1700), lag = body.uniform(0.05, 0.2);
  const Signal low = band(take, count, -3, low_hz, 0.5), slaps = band(take, count, -1, slap_hz, 1);
  const Signal speed = drift(take, count, 3), distance = drift(take, count, 0.7);
  Signal sound = turbine(take, whine_hz, count);
  double turns = take.uniform();
  for (std::size_t i = 0; i < count; ++i) {
    turns += blade_hz * (0.97 + 0.06 * speed[i]) / kRateHz;
    const double beat = power_of_two(0.5 * sharpness * (sine(turns) - 1));
    const double later = power_of_two(0.5 * sharpness * (sine(turns + lag) - 1));
    const double air = low[i] * (1 - slap + slap * beat) + slap_level * slaps[i] * (1 - slap + slap * later);
    const double rest = thump * beat * sine(thump_turns * turns) + hiss * take.uniform(-1, 1);
    sound[i] = (1 - 0.6 * distance[i]) * (air + rest + whine * sound[i]);
  }
  return sound;
}

}  // namespace soundfold::synthesis::kinds
