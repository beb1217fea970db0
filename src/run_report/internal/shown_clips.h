// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "run_report/run_report.h"

#include <cstddef>
#include <string>
#include <vector>

namespace soundfold::run_report {

/// Indices of clips that a page shows as cards; no two of one sound.
struct ShownClips {
  std::vector<std::size_t> mistakes;       ///< surest first
  std::size_t wrong_answers = 0;           ///< all of them
  std::size_t wrong_sounds = 0;            ///< how many sounds they are about, of which `mistakes` are a part
  std::vector<std::size_t> unsure, right;  ///< right ones: of the lowest probability, then two a class (of the highest)
};

/// Chooses them. Where there are more mistakes than are to be shown, every class keeps its surest ones.
ShownClips shown_clips(const ReportInput& input, const ReportOptions& options);

bool is_right(const ReportClip& clip);

/// The probability behind the answer to a clip: that of the class given; with several labels a clip, how sure the least
/// sure yes or no is, and of a wrong answer how sure its worst wrong yes or no.
double confidence(const ReportInput& input, const ReportClip& clip);

/// "dog; cat", or "(none)".
std::string label_text(const ReportInput& input, const std::vector<std::int64_t>& labels);

}  // namespace soundfold::run_report
