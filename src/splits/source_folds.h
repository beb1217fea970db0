// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "dataset/dataset.h"

#include <cstdint>

namespace soundfold::splits {

/// Replaces the folds by `count` new ones, numbered from 1, drawn with `seed`: clips of one source stay together, and
/// each class's sources are spread evenly. The same on every platform, and for any order of the clips. Splits that the
/// data set gives are dropped. `count` is at least 2. Throws DataError for a class of fewer sources.
void draw_folds(dataset::Dataset& dataset, int count, std::uint64_t seed);

/// Replaces the folds by one for each source: fold k is the k-th source by name. Throws DataError when there are fewer
/// than two sources, or a class has only one.
void fold_per_source(dataset::Dataset& dataset);

}  // namespace soundfold::splits
