#include "synthesis/filters.h"
#include "synthesis/kinds/kinds.h"
#include "synthesis/modes.h"
#include "synthesis/noise.h"

namespace soundfold::synthesis::kinds {
namespace {

/// The parts of a movement ring at their own pitches; tick and tock excite them differently.
std::vector<Mode> any_movement(Random& body, double lowest_hz, double decay_s) {
  std::vector<Mode> modes;
  for (int n = 0; n < 6; ++n) {
    const double hz = lowest_hz * (1 + n * body.uniform(0.4, 0.8)), level = body.in_ratio(0.15, 1);
    modes.push_back({hz, level, decay_s * body.in_ratio(0.5, 1.5)});
  }
  return modes;
}

}  // namespace

Signal clock_tick(Random body, Random take, std::size_t count) {
  const double lowest_hz = body.in_ratio(600, 3000), decay_s = body.in_ratio(0.008, 0.06);
  const double period_s = body.chance(0.4) ? 1 : body.in_ratio(0.2, 0.6);
  const double limp = body.uniform(-0.08, 0.08), tock_level = body.uniform(0.4, 1), grit = body.in_ratio(0.05, 0.6);
  const Signal tick = strike(any_movement(body, lowest_hz, decay_s), 4 * decay_s);
  const Signal tock = strike(any_movement(body, 0.8 * lowest_hz, decay_s), 4 * decay_s);
  Signal sound(count, 0.0);
  bool is_tick = true;
  for (double at_s = take.uniform() * period_s; at_s < seconds_of(count); at_s += period_s) {
    Signal click = white_noise(take, samples_in(0.006));
    high_pass(click, lowest_hz);
    fade_away(click, 0.006);
    const double level = (is_tick ? 1 : tock_level) * take.uniform(0.85, 1);
    const double moment_s = at_s + (is_tick ? 0 : limp * period_s);
    add_at(sound, is_tick ? tick : tock, moment_s, level);
    add_at(sound, click, moment_s, grit * level);
    is_tick = !is_tick;
  }
  return sound;
}

}  // namespace soundfold::synthesis::kinds
