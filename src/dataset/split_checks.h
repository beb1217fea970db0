// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "dataset/dataset.h"

#include <array>
#include <string>
#include <vector>

namespace soundfold::dataset {

constexpr std::array<Split, 3> kSplits = {Split::train, Split::validation, Split::test};

/// Clips per class in one split; a clip with several labels counts for each.
std::vector<std::size_t> clips_per_class(const Dataset& dataset, const std::vector<std::size_t>& indices);

/// The sources with clips in several splits, sorted: possible only where check_splits lets it pass.
std::vector<std::string> shared_sources(const Dataset& dataset, const Splits& splits);

/// The warning that check_splits gives about sources in several splits.
void warn_shared_sources(const Dataset& dataset, const std::vector<std::string>& shared);

}  // namespace soundfold::dataset
