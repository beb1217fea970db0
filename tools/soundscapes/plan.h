// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/random.h"

#include <vector>

namespace soundfold::soundscapes {

/// Starts (s) of events of these durations in a recording, in their order, drawn evenly among all ways to keep
/// `least_distance_s` between them and to both ends. Throws UsageError when they do not fit.
std::vector<double> drawn_starts(const std::vector<double>& durations_s, double seconds, double least_distance_s,
                                 Random& random);

}  // namespace soundfold::soundscapes
