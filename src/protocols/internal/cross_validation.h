// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "features/prepare.h"
#include "runs/run_folder.h"
#include "runs/run_options.h"

#include <nlohmann/json.hpp>

#include <filesystem>

namespace soundfold::protocols {

/// Trains and tests every round (rounds.h) on several threads at once, each round in rounds/<name>/ of the run's
/// folder, out of features prepared once. Results do not depend on the number of threads. Finished rounds in the folder
/// are kept as they are, others resume from their checkpoints. Writes folds.csv and report.txt and, as
/// protocol.final_model says, model.pt; gives the run's result.
/// Throws RoundFailure naming the round that diverged, Interrupted saying how to resume.
nlohmann::json run_cross_validation(const config::Experiment& experiment, const features::PreparedFeatures& prepared,
                                    const runs::RunOptions& options, const runs::RunFolder& run);

/// A rank after the first in that: the rounds that are dealt to it, below `scratch`, and its part of a final model
/// whose backbone is trained.
void help_cross_validation(const config::Experiment& experiment, const features::PreparedFeatures& prepared,
                           const runs::RunOptions& options, const std::filesystem::path& scratch);

/// Number of trainings in parallel: options.jobs, else run.threads, else the processors this process may use.
int job_count(const config::Experiment& experiment, const runs::RunOptions& options);

}  // namespace soundfold::protocols
