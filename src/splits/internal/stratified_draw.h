// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "dataset/dataset.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace soundfold::splits {

/// The clips of one source: the unit that is never split.
struct SourceGroup {
  std::vector<std::size_t> clips;
  /// Targets of its clips, ascending. A source without any label has one class of its own: the number of classes.
  std::vector<std::size_t> classes;
};

/// Grouped by source and sorted by its name, so that neither the clips' order nor the platform matters.
std::vector<SourceGroup> group_by_source(const dataset::Dataset& dataset);

/// How many sources of a class each part is to get.
using Shares = std::vector<std::int64_t>;

/// The shares of class `k`, which has `sources` sources. k = the number of classes: the sources without any label.
using SharesOfClass = std::function<Shares(std::size_t k, std::size_t sources)>;

/// The part of each group, drawn with `seed` so that every class comes as near to its shares as groups allow, and is in
/// every part where its share is above 0. Classes are served from the rarest on, after Sechidis et al. 2011, "On the
/// stratification of multi-label data". Throws DataError when no such draw is found, and what `shares_of` throws.
std::vector<std::size_t> stratified_draw(const dataset::Dataset& dataset, const std::vector<SourceGroup>& groups,
                                         const SharesOfClass& shares_of, std::uint64_t seed);

}  // namespace soundfold::splits
