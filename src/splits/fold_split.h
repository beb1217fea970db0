// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "splits/splits.h"

#include <vector>

namespace soundfold::splits {

/// Fixed folds. An empty list leaves that split empty (train may not be). No fold is in two lists, which config/
/// checks.
struct FoldChoice {
  std::vector<int> train, validation, test;
};

/// Splits by the clips' folds. Throws UsageError when a fold is not in the data (naming those that are), and what
/// check_splits throws. Clips of folds in no list are left out, and the description says how many.
Splits split_by_fold(const dataset::Dataset& dataset, const FoldChoice& folds);

}  // namespace soundfold::splits
