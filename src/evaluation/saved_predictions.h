// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace soundfold::evaluation {

/// A test clip of a run, and what it was given.
struct SavedPrediction {
  std::string clip, truth, predicted;  ///< several classes are joined with "; "
  double probability = 0;              ///< of the predicted class; 0 for several or none
  bool right() const { return truth == predicted; }
};

/// What a run answered to its test clips, each clip once, in the order of their ids.
struct SavedPredictions {
  std::string run;  ///< as given
  std::vector<SavedPrediction> clips;
  std::size_t times = 1;  ///< how often each clip was tested: with several seeds more than once
  std::size_t correct() const;
};

/// Reads predictions.csv of a run's folder, or those of all its rounds (rounds/*/predictions.csv). A clip that was
/// tested several times, with several seeds, is given the class of the largest mean probability; where clips have
/// several labels, all above a mean of 0.5. Throws UsageError when the folder has none, DataError for damaged files and
/// for clips that were tested more often than others.
SavedPredictions saved_predictions(const std::filesystem::path& run);

}  // namespace soundfold::evaluation
