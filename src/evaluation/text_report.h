// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "evaluation/report.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace soundfold::evaluation {

/// For users, at most 100 columns wide: accuracy with counts (16/16), per-class table, confusion matrix (when K <= 20,
/// else the most confused pairs), mistakes (at most `max_mistakes`). The interval of interval_text() is in it when
/// `each_clip_once`: the same clips answered by several trainings are not independent.
std::string text_report(const Evaluation& evaluation, std::size_t max_mistakes = 10, bool each_clip_once = true);

/// "95 % interval 59.6 to 98.2", in per cent: wilson_interval() of statistics.h.
std::string interval_text(std::int64_t correct, std::int64_t count);

}  // namespace soundfold::evaluation
