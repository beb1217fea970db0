#include "synthesis/exact_math.h"
#include "synthesis/filters.h"
#include "synthesis/kinds/kinds.h"
#include "synthesis/larynx.h"
#include "synthesis/noise.h"

namespace soundfold::synthesis::kinds {

/// The slap of the blades on the air, a turbine's whine, and a distance that changes.
Signal helicopter(Random body, Random take, std::size_t count) {
  const double blade_hz = body.in_ratio(9, 28), sharpness = body.uniform(1, 5), whine_hz = body.in_ratio(250, 900);
  const double whine = body.in_ratio(0.005, 0.1), dull_hz = body.in_ratio(400, 2500), slap = body.uniform(0.5, 0.95);
  Signal air = coloured_noise(take, count, body.uniform(-6, -3));
  low_pass(air, dull_hz);
  for (std::size_t i = 0; i < count; ++i) {
    const double turns = blade_hz * static_cast<double>(i) / kRateHz;
    const double nearness = 0.5 + 0.5 * sine(turns);
    const double beat = power_of_two(sharpness * 3 * (nearness - 1));
    air[i] = air[i] * (1 - slap + slap * beat) + 0.6 * beat * (sine(4 * turns) + 0.6 * sine(7 * turns + 0.3));
  }
  Larynx turbine;
  turbine.pitch_hz = whine_hz;
  turbine.loudness = 1;
  Signal tone = phonate(turbine, take, seconds_of(count));
  add_at(air, tone, 0, whine);
  const double from = take.in_ratio(0.3, 1), to = take.in_ratio(0.3, 1);
  for (std::size_t i = 0; i < count; ++i)
    air[i] *= from + (to - from) * static_cast<double>(i) / static_cast<double>(count);
  return air;
}

}  // namespace soundfold::synthesis::kinds
