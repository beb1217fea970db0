// SPDX-License-Identifier: Apache-2.0
#include "event_scoring/bootstrap.h"

#include "event_scoring/event_measures.h"
#include "support/random.h"

#include <algorithm>
#include <cmath>

namespace soundfold::event_scoring {

Interval bootstrap_interval(std::size_t unit_count,
                            const std::function<double(const std::vector<int>& times)>& statistic, std::uint64_t seed,
                            int resamples) {
  Random random(seed);
  std::vector<double> values;
  std::vector<int> times(unit_count);
  for (int i = 0; i < resamples && unit_count > 0; ++i) {
    std::fill(times.begin(), times.end(), 0);
    for (std::size_t k = 0; k < unit_count; ++k) {
      ++times[static_cast<std::size_t>(random.integer(0, static_cast<int>(unit_count) - 1))];
    }
    const double value = statistic(times);
    if (!std::isnan(value)) values.push_back(value);
  }
  return {percentile(values, 0.025), percentile(values, 0.975)};
}

}  // namespace soundfold::event_scoring
