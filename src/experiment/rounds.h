// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/experiment.h"
#include "dataset/dataset.h"

#include <cstdint>
#include <string>
#include <vector>

namespace soundfold::experiment {

/// One training of a cross-validation.
struct Round {
  std::int64_t seed = 1;
  int test = 0;
  int validation = 0;  ///< 0: none
  std::vector<int> train;
  std::string name() const;         ///< "seed1_fold3", of its folder
  std::string description() const;  ///< "seed 1, test fold 3", for messages
};

bool cross_validates(const config::Experiment& experiment);

/// Every fold is tested on once per seed: folds in the order given, all of one seed, then the next seed's. The
/// validation fold is the test fold's neighbour in the list, which is a circle: ESC-50's author validates on the one
/// before, HEAR on the one after. Training gets the rest. Throws UsageError for too few folds.
std::vector<Round> make_rounds(const config::Protocol& protocol, const std::vector<int>& folds,
                               std::int64_t first_seed);

/// protocol.folds, or all folds of the data when it is empty. Throws UsageError when the data have no folds.
std::vector<int> protocol_folds(const config::Protocol& protocol, const dataset::Dataset& data);

/// "5-fold cross-validation over folds 1-5, validation = test fold - 1, seeds 1-5". For lists with gaps or in another
/// order: "validation = the fold before the test fold".
std::string protocol_text(const config::Protocol& protocol, const std::vector<int>& folds, std::int64_t first_seed);

/// The clips of `used` (indices into data.clips) as this round splits them.
dataset::Splits round_splits(const Round& round, const dataset::Dataset& data, const std::vector<std::size_t>& used);

/// Checks the splits of every round as dataset::check_splits does; what published folds share is told once.
void check_rounds(const std::vector<Round>& rounds, const dataset::Dataset& data, const std::vector<std::size_t>& used);

}  // namespace soundfold::experiment
