// SPDX-License-Identifier: Apache-2.0
#include "synthesis/internal/exact_math.h"
#include "synthesis/internal/modes.h"
#include "synthesis/internal/rhythm.h"
#include "synthesis/kinds/kinds.h"

#include <utility>
#include <vector>

namespace soundfold::synthesis::kinds {
namespace {

/// The partials a bell founder tunes (hum, prime, tierce, quint, nominal) and those above, relative to the prime.
Signal any_bell(Random& body, double prime_hz) {
  const double decay_s = in_ratio(body, 3, 8), dulling = body.uniform(0.1, 0.6), hum = in_ratio(body, 0.1, 1);
  std::vector<Mode> modes;
  const std::vector<std::pair<double, double>> partials = {{0.5, 0.5},  {1, 0.8},    {1.19, 0.9}, {1.5, 0.4},
                                                           {2, 1},      {2.52, 0.5}, {2.67, 0.4}, {3.01, 0.5},
                                                           {4.17, 0.3}, {5.43, 0.3}, {6.8, 0.3},  {8.2, 0.2}};
  for (const auto& [ratio, level] : partials) {
    const double hz = prime_hz * ratio * body.uniform(0.98, 1.02), loudness = level * in_ratio(body, 0.6, 1.6);
    const double own_decay_s = decay_s * power_of_two(-dulling * log_of_base_two(2 * ratio));
    modes.push_back({hz, ratio > 1 ? loudness : hum * loudness, own_decay_s});
    modes.push_back({hz * 1.002, 0.4 * loudness, own_decay_s});  // beats with its twin
  }
  return strike(modes, decay_s);
}

}  // namespace

Signal church_bells(Random body, Random take, std::size_t count) {
  const int bells = body.integer(1, 4);
  const double lowest_hz = in_ratio(body, 480, 1300), period_s = in_ratio(body, 0.9, 2.5);
  Signal sound(count, 0.0);
  double ratio = 1;
  for (int n = 0; n < bells; ++n) {
    const Signal bell = any_bell(body, lowest_hz * ratio);
    const double own_period_s = period_s * body.uniform(0.9, 1.1);
    for (const double at_s : steady_times(take, seconds_of(count) + own_period_s, own_period_s, 0.03)) {
      add_at(sound, bell, at_s - own_period_s, take.uniform(0.7, 1));
    }
    ratio *= body.chance(0.5) ? 1.125 : 1.25;
  }
  return sound;
}

}  // namespace soundfold::synthesis::kinds
