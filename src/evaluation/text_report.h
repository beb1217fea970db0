// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "evaluation/report.h"

#include <cstddef>
#include <string>

namespace soundfold::evaluation {

/// For users, at most 100 columns wide: accuracy with counts (16/16), per-class table, confusion matrix (when K <= 20,
/// else the most confused pairs), mistakes (at most `max_mistakes`).
std::string text_report(const Evaluation& evaluation, std::size_t max_mistakes = 10);

}  // namespace soundfold::evaluation
