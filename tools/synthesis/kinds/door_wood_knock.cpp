// SPDX-License-Identifier: Apache-2.0
#include "synthesis/internal/exact_math.h"
#include "synthesis/internal/modes.h"
#include "synthesis/internal/noise.h"
#include "synthesis/kinds/kinds.h"

namespace soundfold::synthesis::kinds {

Signal door_wood_knock(Random body, Random take, std::size_t count) {
  std::vector<Mode> door;
  const double lowest_hz = in_ratio(body, 160, 480), decay_s = in_ratio(body, 0.02, 0.09);
  for (int n = 0; n < 12; ++n) {
    const double hz = lowest_hz * (1 + n * body.uniform(0.4, 0.9)), level = in_ratio(body, 0.3, 1);
    door.push_back({hz, level, decay_s / (1 + 0.4 * n)});
  }
  const double gap_s = in_ratio(body, 0.14, 0.4), knuckle = in_ratio(body, 0.05, 0.5);
  Signal sound(count, 0.0);
  double at_s = take.uniform(0, 0.5);
  while (at_s < seconds_of(count)) {
    const int knocks = take.integer(2, 6);
    for (int n = 0; n < knocks; ++n) {
      Signal knock = strike(door, 0.3);
      Signal click = white_noise(take, samples_in(0.01));
      fade_away(click, 0.01);
      add_at(knock, click, 0, knuckle);
      add_at(sound, knock, at_s, take.uniform(0.6, 1));
      at_s += gap_s * in_ratio(take, 0.88, 1.13);
    }
    at_s += take.uniform(0.5, 2.5);
  }
  return sound;
}

}  // namespace soundfold::synthesis::kinds
