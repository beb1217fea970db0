// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/experiment.h"
#include "own_data/overview.h"

#include <cstddef>
#include <string>
#include <vector>

namespace soundfold::own_data {

/// For people: classes with clips and durations, splits and where they come from, formats, lengths, unreadable files,
/// the remarks, and the settings that differ from the program's defaults. At most `most` lines (8 at least); remarks
/// that find no place are counted.
std::vector<std::string> overview_lines(const config::Experiment& experiment, const Overview& overview,
                                        std::size_t most = 15);

/// What a training will cost: clips and minutes of sound to embed, trainings.
std::string cost_text(const config::Experiment& experiment, const Overview& overview);

}  // namespace soundfold::own_data
