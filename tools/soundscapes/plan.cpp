// SPDX-License-Identifier: Apache-2.0
#include "soundscapes/plan.h"

#include "support/errors.h"
#include "text/text.h"

#include <algorithm>
#include <numeric>

namespace soundfold::soundscapes {

std::vector<double> drawn_starts(const std::vector<double>& durations_s, double seconds, double least_distance_s,
                                 Random& random) {
  const double sounding_s = std::accumulate(durations_s.begin(), durations_s.end(), 0.0);
  const double free_s = seconds - sounding_s - least_distance_s * (static_cast<double>(durations_s.size()) + 1);
  if (free_s < 0) {
    throw UsageError(std::to_string(durations_s.size()) + " events of " + fixed(sounding_s, 1) + " s in all, " +
                     fixed(least_distance_s, 1) + " s apart, do not fit a recording of " + fixed(seconds, 1) +
                     " s; ask for fewer, a smaller distance, or longer recordings");
  }
  std::vector<double> places;
  for (std::size_t i = 0; i < durations_s.size(); ++i) places.push_back(random.uniform(0, free_s));
  std::sort(places.begin(), places.end());
  double before_s = least_distance_s;
  for (std::size_t i = 0; i < places.size(); ++i) {
    places[i] += before_s;
    before_s += durations_s[i] + least_distance_s;
  }
  return places;
}

}  // namespace soundfold::soundscapes
