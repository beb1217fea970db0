// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/experiment.h"
#include "runs/run_options.h"

#include <string>

namespace soundfold::distillation {

/// A run with objective.type: distill: gathers the sounds, trains a student and writes it to the run's folder as
/// student.pt, a network file like an imported one. Gives the run's result; its "student" says what it is.
/// Throws as distillation::distill does, with what to do about an interruption.
runs::RunResult run_distillation(const config::Experiment& experiment, const runs::RunOptions& options);

/// The summary of such a run.
std::string distillation_summary(const runs::RunResult& result);

}  // namespace soundfold::distillation
