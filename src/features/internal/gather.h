// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/choices.h"
#include "dataset/dataset.h"
#include "extraction/extraction.h"
#include "features/internal/store_frames.h"
#include "heads/feature_set.h"
#include "store/store.h"

#include <cstdint>
#include <string>
#include <vector>

namespace soundfold::features {

/// Gathers the clips `indices` of `dataset` from the store, in that order, straight from its memory map. `extracted`
/// has one entry per clip of `dataset`. Bad clips (an empty key there) are left out. Throws DataError when a record is
/// missing. With `stream` the windows stay in the store, which is the one that `stream` reads; every record is read
/// once and verified all the same.
heads::FeatureSet gather_features(const dataset::Dataset& dataset, const std::vector<std::size_t>& indices,
                                  const std::vector<extraction::ExtractedClip>& extracted, const store::Store& store,
                                  config::HeadInput input, StoreFrames* stream = nullptr);

}  // namespace soundfold::features
