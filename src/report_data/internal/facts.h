// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/experiment.h"
#include "run_report/report_input.h"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>

namespace soundfold::report_data {

/// The terms under which a data set may be used; "" where Soundfold does not know them.
std::string data_licence(const config::Data& data);

/// Fills title, facts, commands and configuration of a run's page.
void add_origin(const config::Experiment& experiment, const nlohmann::json& result, const std::filesystem::path& run,
                run_report::ReportInput& input);

}  // namespace soundfold::report_data
