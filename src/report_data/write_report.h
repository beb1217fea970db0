// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/experiment.h"
#include "features/prepare.h"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>

/// What a finished run's report.html shows, gathered from its folder, its data and the store.
namespace soundfold::report_data {

/// Writes report.html into the folder of a run whose result is sealed: a fixed training, a cross-validation or a sweep,
/// as `experiment` says (report.enabled: false writes nothing). Reads what the run left there, so that it can be
/// written again. What goes wrong is one warning: the run is finished.
void write_run_report(const config::Experiment& experiment, const features::PreparedFeatures& prepared,
                      const nlohmann::json& result, const std::filesystem::path& run);

/// The same for a distillation, which has curves and no test.
void write_distillation_report(const config::Experiment& experiment, const nlohmann::json& result,
                               const std::filesystem::path& run);

/// Whether report.html lies in a run's folder.
bool has_report(const std::filesystem::path& run);

/// "Report: file:///.../report.html" and a line break, for a summary's end; "" when there is none.
std::string report_line(const std::filesystem::path& run);

}  // namespace soundfold::report_data
