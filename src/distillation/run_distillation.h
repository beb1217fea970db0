// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/experiment.h"
#include "runs/run_options.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace soundfold::distillation {

/// A sound of 5 s that is no recording, mono at 16 kHz, by its number from 0. Called from several threads at once.
using SyntheticSound = std::function<std::vector<float>(std::int64_t number)>;

/// From a configuration of Program::distiller to a finished run: gathers the recordings and the first
/// distillation.synthetic_clips of the `synthetic` sounds, trains a student and writes it to the run's folder as
/// student.pt, a network file like an imported one. Gives the run's result; its "student" says what it is.
/// Throws UsageError, DataError, training::DivergenceError, Interrupted (after saving what can be resumed).
runs::RunResult run_distillation(const config::Experiment& experiment, const runs::RunOptions& options,
                                 const SyntheticSound& synthetic);

/// The summary that `distiller` prints at the end.
std::string distillation_summary(const runs::RunResult& result);

}  // namespace soundfold::distillation
