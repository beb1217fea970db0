// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/experiment.h"
#include "dataset/dataset.h"
#include "splits/splits.h"

#include <cstdint>
#include <string>
#include <vector>

namespace soundfold::splits {

/// One training of a cross-validation.
struct Round {
  std::int64_t seed = 1;
  int test = 0;
  int validation = 0;  ///< 0: none
  std::vector<int> train;
  std::string name() const;         ///< "seed1_fold3", of its folder
  std::string description() const;  ///< "seed 1, test fold 3", for messages
};

/// Every fold is tested on once per seed: folds in the order given, all of one seed, then the next seed's. The
/// validation fold is the test fold's neighbour in the list, which wraps around: ESC-50's author validates on the one
/// before, HEAR on the one after. Training gets the rest. Throws UsageError for too few folds.
std::vector<Round> make_rounds(const config::Protocol& protocol, const std::vector<int>& folds,
                               std::int64_t first_seed);

/// Gives the data the folds that protocol.folds_from asks for: new ones drawn by source with `seed`, one per source, or
/// those it has. All repeats use the same folds. Throws what splits::draw_folds and fold_per_source throw.
void make_folds(const config::Protocol& protocol, std::int64_t seed, dataset::Dataset& data);

/// protocol.folds, or all folds of the data when it is empty. Throws UsageError when the data have no folds.
std::vector<int> protocol_folds(const config::Protocol& protocol, const dataset::Dataset& data);

/// "5-fold cross-validation over folds 1-5, validation = test fold - 1, seeds 1-5". For lists with gaps or in another
/// order: "validation = the fold before the test fold". With folds_from: "over folds 1-5 drawn by source with seed 1",
/// "over 12 sources, each left out in turn".
std::string protocol_text(const config::Protocol& protocol, const std::vector<int>& folds, std::int64_t first_seed);

/// The clips of `used` (indices into data.clips) as this round splits them.
Splits round_splits(const Round& round, const dataset::Dataset& data, const std::vector<std::size_t>& used);

/// Checks the splits of every round as splits::check_splits and check_negatives do; what published folds share is
/// logged once. With protocol.folds_from: each_source, only training needs every class.
void check_rounds(const config::Protocol& protocol, const std::vector<Round>& rounds, const dataset::Dataset& data,
                  const std::vector<std::size_t>& used);

/// The clips in `used` with their folds and sources as CSV (path,fold,source): what protocol.folds_from made.
std::string clip_folds_csv(const dataset::Dataset& data, const std::vector<std::size_t>& used);

/// The source that fold `fold` is made of, with protocol.folds_from: each_source.
std::string source_of_fold(const dataset::Dataset& data, int fold);

}  // namespace soundfold::splits
