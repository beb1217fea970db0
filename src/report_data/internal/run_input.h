// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/experiment.h"
#include "features/prepare.h"
#include "run_report/report_input.h"

#include <nlohmann/json.hpp>

#include <filesystem>

namespace soundfold::report_data {

/// The page of a finished fixed training, cross-validation or sweep. `prepared` is of the experiment itself; where a
/// sweep chose a member with other features, those are prepared again. Throws DataError for what is missing or damaged.
run_report::ReportInput run_input(const config::Experiment& experiment, const features::PreparedFeatures& prepared,
                                  const nlohmann::json& result, const std::filesystem::path& run);

}  // namespace soundfold::report_data
