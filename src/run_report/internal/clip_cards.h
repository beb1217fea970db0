// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "run_report/internal/sound_shelf.h"

#include <cstddef>
#include <string>
#include <vector>

namespace soundfold::run_report {

/// Cards with players and pictures, each with the id clip-INDEX; "" without any.
std::string clip_cards(const ReportInput& input, const ReportOptions& options, const SoundShelf& shelf,
                       const std::vector<std::size_t>& chosen);

/// "Vehicle 0.41, Engine 0.30".
std::string scores_html(const std::vector<NamedScore>& scores);

}  // namespace soundfold::run_report
