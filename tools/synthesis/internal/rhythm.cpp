// SPDX-License-Identifier: Apache-2.0
#include "synthesis/internal/rhythm.h"

#include "synthesis/internal/exact_math.h"

namespace soundfold::synthesis {

std::vector<double> steady_times(Random& random, double end_s, double period_s, double unevenness) {
  std::vector<double> times;
  for (double at_s = random.uniform() * period_s; at_s < end_s;) {
    times.push_back(at_s);
    at_s += period_s * (1 + unevenness * random.uniform(-1, 1));
  }
  return times;
}

std::vector<double> random_times(Random& random, double end_s, double per_second) {
  constexpr double kLnTwo = 0.693147180559945309417;
  std::vector<double> times;
  double at_s = 0;
  while (true) {
    at_s -= kLnTwo * log_of_base_two(1 - random.uniform()) / per_second;
    if (at_s >= end_s) return times;
    times.push_back(at_s);
  }
}

}  // namespace soundfold::synthesis
