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

}  // namespace soundfold::splits
