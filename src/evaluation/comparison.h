// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "evaluation/paired_tests.h"
#include "evaluation/saved_predictions.h"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace soundfold::evaluation {

/// Two runs on the same clips.
struct PairComparison {
  std::size_t first = 0, second = 0;  ///< indices of the runs
  PairedCounts counts;
  double difference = 0;  ///< the first's accuracy less the second's
  Interval interval;      ///< 95 %, of the difference, by bootstrap
  double p = 1;           ///< McNemar's
  /// Positions of the clips that one alone has right, and of those that neither has; in the order of the clips.
  std::vector<std::size_t> only_first, only_second, neither;
};

struct Comparison {
  std::vector<SavedPredictions> runs;
  std::vector<PairComparison> pairs;  ///< every two, in the order given
};

/// Compares two runs and more. Throws UsageError when there are fewer, and when they were tested on other clips or with
/// other labels, naming the overlap and a clip.
Comparison compare_runs(std::vector<SavedPredictions> runs);

/// For a terminal, with at most `most_clips` clips of each list.
std::string comparison_text(const Comparison& comparison, std::size_t most_clips = 10);

/// Everything.
nlohmann::json comparison_json(const Comparison& comparison);

}  // namespace soundfold::evaluation
