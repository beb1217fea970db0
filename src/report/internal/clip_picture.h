// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "report/run_report.h"

#include <cstdint>
#include <string>
#include <vector>

namespace soundfold::report {

/// Lowest and highest sample of each of `columns` stretches of equal length: [columns][2], row-major.
std::vector<float> extremes(const std::vector<float>& samples, int columns);

/// Waveform, log-mel and the windows' probabilities of `classes` (at most three) over one axis of time, one below the
/// other. `samples` are 16 kHz mono, at least one.
std::string clip_picture(const std::vector<float>& samples, const ReportInput& input, const ReportClip& clip,
                         const std::vector<std::int64_t>& classes);

}  // namespace soundfold::report
