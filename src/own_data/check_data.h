// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/experiment.h"

namespace soundfold::own_data {

/// Logs what is understood of the data, in at most 15 lines, and provides the weights that usual_weights() named.
/// Throws DataError with the reason when a training would be refused, and as look_at_data().
void announce_data(const config::Experiment& experiment);

/// Looks at configuration and data without a network, and prints to standard output, as text or JSON: what
/// overview_lines() has, what audit/ finds in the files, doubtful classes, the cost, and why a training would be
/// refused. Returns the exit code: 0 when it would start, 1 when not. Throws as look_at_data().
int check_data(const config::Experiment& experiment, bool json);

}  // namespace soundfold::own_data
