// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "evaluation/comparison.h"
#include "report/sound_data.h"

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace soundfold::report {

struct ComparePage {
  /// Path of a clip's file by its id; "" when it is not known. Not set: the page has no players.
  std::function<std::string(const std::string& clip)> file;
  /// The 16 kHz mono samples of a clip by its id, if its file is known; DataError: it is shown without them.
  std::function<std::vector<float>(const std::string& clip)> sound;
  std::size_t most_clips = 20;  ///< of each list of a pair
};

/// Runs side by side as a page: accuracies with intervals, for every two the difference with its interval and p value,
/// and the clips that one alone or neither has right, to hear.
std::string compare_page(const evaluation::Comparison& comparison, const ComparePage& options, ReportAudio audio);

}  // namespace soundfold::report
