// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/experiment.h"
#include "runs/run_options.h"

namespace soundfold::protocols {

/// From a configuration to a finished run: data, embeddings, training, test, export with its parity check, result.
/// With options.group all ranks call it with the same experiment; those after the first do their part of a backbone's
/// training, of rounds and of a sweep, and get an empty result.
/// Throws UsageError, DataError, training::DivergenceError, Interrupted (after saving what can be resumed).
runs::RunResult run_experiment(const config::Experiment& experiment, const runs::RunOptions& options);

}  // namespace soundfold::protocols
