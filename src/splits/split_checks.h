// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "splits/splits.h"

#include <array>
#include <string>
#include <vector>

namespace soundfold::splits {

constexpr std::array<dataset::Split, 3> kSplits = {dataset::Split::train, dataset::Split::validation,
                                                   dataset::Split::test};

/// The sources with clips in several splits, sorted: possible only where check_splits lets it pass.
std::vector<std::string> shared_sources(const dataset::Dataset& dataset, const Splits& splits);

/// The warning that check_splits gives about sources in several splits.
void warn_shared_sources(const dataset::Dataset& dataset, const std::vector<std::string>& shared);

struct SplitChecks {
  bool warn_shared = true;  ///< warn of sources that published folds put into two splits
  /// Every class has a clip in every split that is used. Where single sources are left out in turn, only training can
  /// have them all.
  bool classes_in_all = true;
};

/// Throws DataError when a source has clips in two splits (names the source, clips and splits) or when a class has no
/// clip in a split that is not empty (names class, split and the counts there). With folds_are_published, a source
/// whose clips lie in different folds may be in two splits: that is logged as a warning.
void check_splits(const dataset::Dataset& dataset, const Splits& splits, const SplitChecks& checks = {});

/// Throws DataError when a class has no negative example in training: a single class without any other, or a class
/// that every training clip has. A model trained on it would always answer with that class.
void check_negatives(const dataset::Dataset& dataset, const Splits& splits);

}  // namespace soundfold::splits
