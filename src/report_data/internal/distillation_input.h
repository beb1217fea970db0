// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/experiment.h"
#include "run_report/report_input.h"

#include <nlohmann/json.hpp>

#include <filesystem>

namespace soundfold::report_data {

/// The page of a finished distillation: the student, its losses by epoch, origin.
run_report::ReportInput distillation_input(const config::Experiment& experiment, const nlohmann::json& result,
                                           const std::filesystem::path& run);

}  // namespace soundfold::report_data
