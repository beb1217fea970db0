// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/experiment.h"
#include "features/prepare.h"
#include "runs/run_folder.h"
#include "runs/run_options.h"

#include <nlohmann/json.hpp>

#include <filesystem>

namespace soundfold::protocols {

/// Trains on prepared.sets.train, calibrates, tests, exports into the run's folder; gives its result. The run is not
/// finished by this.
nlohmann::json run_fixed(const config::Experiment& experiment, const features::PreparedFeatures& prepared,
                         const runs::RunOptions& options, const runs::RunFolder& run);

/// A rank after the first in that: its part of a training of the backbone.
void help_fixed(const config::Experiment& experiment, const features::PreparedFeatures& prepared,
                const runs::RunOptions& options, const std::filesystem::path& scratch);

}  // namespace soundfold::protocols
