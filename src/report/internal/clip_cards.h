// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "report/run_report.h"

#include <cstddef>
#include <string>
#include <vector>

namespace soundfold::report {

/// Indices of clips that a page shows.
struct ShownClips {
  std::vector<std::size_t> mistakes;       ///< worst first
  std::size_t all_mistakes = 0;            ///< of which `mistakes` are the first
  std::vector<std::size_t> unsure, right;  ///< right ones: of the lowest probability, then two a class (of the highest)
};

/// Chooses them; no clip twice.
ShownClips shown_clips(const ReportInput& input, const ReportOptions& options);

/// The probability behind the answer to a clip: that of the class given; with several labels a clip, how sure the least
/// sure yes or no is, and of a wrong answer how sure its worst wrong yes or no.
double confidence(const ReportInput& input, const ReportClip& clip);

/// "dog; cat", or "(none)".
std::string label_text(const ReportInput& input, const std::vector<std::int64_t>& labels);

/// Cards with players and pictures, each with the id clip-INDEX; "" without any.
std::string clip_cards(const ReportInput& input, const ReportOptions& options, const std::vector<std::size_t>& chosen);

}  // namespace soundfold::report
