// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "features/prepare.h"
#include "protocols/internal/sweep_table.h"
#include "runs/run_folder.h"
#include "runs/run_options.h"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace soundfold::protocols {

/// What a sweep chose.
struct SweepRanking {
  std::vector<SweepRow> rows;  ///< best first
  config::Experiment best;
  std::string text;  ///< the ranked table as text
};

/// Trains every member of experiment.sweep in sweep/NNN/ of the run's folder, several at once, ranks them by the
/// validation metric of the weights kept (for a cross-validation the mean over its rounds) and writes sweep.csv,
/// sweep.txt and best.yaml. Test clips play no part in it.
/// A member whose training cannot be done (it diverged, or its settings do not suit the data) is ranked last with the
/// reason. Finished members in the folder are kept as they are, others are resumed. `prepared` is for the experiment
/// itself; members that need other features get their own.
/// Throws DataError when every member failed, Interrupted saying how to resume.
SweepRanking rank_members(const config::Experiment& experiment, const features::PreparedFeatures& prepared,
                          const runs::RunOptions& options, const runs::RunFolder& run);

/// rank_members, then the best one alone is trained again, tested and exported as a fixed run, or cross-validated: its
/// result is the run's, with "sweep" added.
nlohmann::json run_sweep(const config::Experiment& experiment, const features::PreparedFeatures& prepared,
                         const runs::RunOptions& options, const runs::RunFolder& run);

/// A rank after the first in that: the trainings that are dealt to it, below `scratch`, and its part in that of the
/// best.
void help_sweep(const config::Experiment& experiment, const features::PreparedFeatures& prepared,
                const runs::RunOptions& options, const std::filesystem::path& scratch);

}  // namespace soundfold::protocols
