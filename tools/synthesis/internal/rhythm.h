// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/random.h"

#include <vector>

namespace soundfold::synthesis {

/// Times in seconds of events that follow each other every `period_s`, each interval stretched or shortened by up to
/// the share `unevenness` (below 1), from a random place in the first period until `end_s`.
std::vector<double> steady_times(Random& random, double end_s, double period_s, double unevenness);

/// Times in seconds of events at random, `per_second` on average and independent of each other (a Poisson process),
/// until `end_s`.
std::vector<double> random_times(Random& random, double end_s, double per_second);

}  // namespace soundfold::synthesis
