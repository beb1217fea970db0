// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "splits/splits.h"

#include <cstdint>

namespace soundfold::splits {

/// The splits that the data set gives (gives_splits). Where it gives none for validation, `validation_fraction` of the
/// training sources are drawn for it with `seed`, as split_at_random draws them; 0 leaves validation empty.
Splits split_as_given(const dataset::Dataset& dataset, double validation_fraction, std::uint64_t seed);

}  // namespace soundfold::splits
