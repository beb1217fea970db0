#include "synthesis/contour.h"
#include "synthesis/filters.h"
#include "synthesis/kinds/kinds.h"
#include "synthesis/noise.h"
#include "synthesis/rhythm.h"

namespace soundfold::synthesis::kinds {

/// Surf: a steady wash, and breakers that swell, hiss and run out.
Signal sea_waves(Random body, Random take, std::size_t count) {
  const double slope = body.uniform(-5, -2), period_s = body.in_ratio(2, 7), wash = body.uniform(0.15, 0.5);
  Signal sound = coloured_noise(take, count, slope);
  scale(sound, wash);
  for (const double middle_s : steady_times(take, seconds_of(count) + period_s, period_s, 0.4)) {
    const double rise_s = take.uniform(0.3, 0.5) * period_s, fall_s = take.uniform(0.5, 0.9) * period_s;
    const double shore_hz = take.in_ratio(1500, 5000), height = take.uniform(0.5, 1.5);
    const Contour swell({{0, 0}, {rise_s / (rise_s + fall_s), height}, {1, 0}});
    Signal breaker = coloured_noise(take, samples_in(rise_s + fall_s), slope + 1.5);
    low_pass(breaker, shore_hz);
    for (std::size_t i = 0; i < breaker.size(); ++i) {
      breaker[i] *= swell(static_cast<double>(i) / static_cast<double>(breaker.size()));
    }
    add_at(sound, breaker, middle_s - rise_s);
  }
  return sound;
}

}  // namespace soundfold::synthesis::kinds
