// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "splits/splits.h"

#include <cstdint>

namespace soundfold::splits {

/// Splits at random with `seed`, keeping clips of one source together and each class's share about equal. Fractions are
/// of sources per class; every split with a fraction above 0 gets at least one source per class, else DataError.
/// Training gets the rest and at least one source per class. The same on every platform, and for any order of the
/// clips. Both fractions are at least 0 and their sum is below 1, which config/ checks.
/// Classes are served from the rarest on, after Sechidis et al. 2011, "On the stratification of multi-label data".
Splits split_at_random(const dataset::Dataset& dataset, double validation_fraction, double test_fraction,
                       std::uint64_t seed);

}  // namespace soundfold::splits
