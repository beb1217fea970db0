// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "features/prepare.h"

#include <string>

namespace soundfold::runs {

/// Name of the file in a run's folder.
inline constexpr const char* kSplitsFile = "splits.csv";

/// Which clip is where, one line a clip that is used: path,label,split,fold,source,xxh3_128. Several labels are joined
/// with '|'. `split` is empty in a cross-validation, where the fold decides in each round, and `fold` where the data
/// have none; `source` is empty where it is the clip itself.
std::string splits_csv(const features::PreparedFeatures& prepared, bool cross_validates);

}  // namespace soundfold::runs
