// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "dataset/dataset.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace soundfold::splits {

/// Indices into Dataset::clips, ascending.
struct Splits {
  std::vector<std::size_t> train, validation, test;
  const std::vector<std::size_t>& of(dataset::Split split) const;
  std::string description;  ///< e.g. "train folds 1-3 (48 clips), validation fold 4 (16), test fold 5 (16)"
};

/// Fixed folds. An empty list leaves that split empty (train may not be).
struct FoldChoice {
  std::vector<int> train, validation, test;
};

/// Splits by the clips' folds. Throws UsageError when a fold is in two splits or not in the data (naming those that
/// are), and what check_splits throws. Clips of folds in no list are left out, and the description says how many.
Splits split_by_fold(const dataset::Dataset& dataset, const FoldChoice& folds);

/// The splits that the data set gives (gives_splits). Where it gives none for validation, `validation_fraction` of the
/// training sources are drawn for it with `seed`, as split_at_random draws them; 0 leaves validation empty.
Splits split_as_given(const dataset::Dataset& dataset, double validation_fraction, std::uint64_t seed);

/// Splits at random with `seed`, keeping clips of one source together and each class's share about equal. Fractions are
/// of sources per class; every split with a fraction above 0 gets at least one source per class, else DataError.
/// Training gets the rest and at least one source per class. The same on every platform, and for any order of the
/// clips. Throws UsageError unless both fractions are at least 0 and their sum is below 1.
/// Classes are served from the rarest on, after Sechidis et al. 2011, "On the stratification of multi-label data".
Splits split_at_random(const dataset::Dataset& dataset, double validation_fraction, double test_fraction,
                       std::uint64_t seed);

/// Replaces the folds by `count` new ones, numbered from 1, drawn with `seed`: clips of one source stay together, and
/// each class's sources are spread evenly. The same on every platform, and for any order of the clips. Splits that the
/// data set gives are dropped. Throws UsageError for fewer than 2 folds, DataError for a class of fewer sources.
void draw_folds(dataset::Dataset& dataset, int count, std::uint64_t seed);

/// Replaces the folds by one for each source: fold k is the k-th source by name. Throws DataError when there are fewer
/// than two sources, or a class has only one.
void fold_per_source(dataset::Dataset& dataset);

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
