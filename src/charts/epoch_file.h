// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "charts/charts.h"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <vector>

namespace soundfold::charts {

/// The lines of a run's metrics.jsonl; damaged ones are left out, and a missing file has none.
std::vector<nlohmann::json> epoch_lines(const std::filesystem::path& file);

/// The same as points of learning curves. Sets `best_epoch` to the last one that is marked as best, if any.
std::vector<CurvePoint> epochs_of(const std::filesystem::path& file, std::int64_t& best_epoch);

/// A number of such a line; NaN where it has none.
double number_of(const nlohmann::json& line, const char* key);

}  // namespace soundfold::charts
