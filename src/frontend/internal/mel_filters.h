// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "frontend/recipe.h"

#include <array>
#include <vector>

namespace soundfold::frontend {

/// The mel matrix without its zeros: each band's weights are one run of neighbouring bins.
struct MelFilters {
  std::array<int, kMelBands> first_bin{};     ///< lowest bin with a weight above 0
  std::array<int, kMelBands> bin_count{};     ///< length of the run
  std::array<int, kMelBands> first_weight{};  ///< where the run starts in `weights`
  std::vector<float> weights;
  int lowest_bin = 0;   ///< of all bands (5)
  int highest_bin = 0;  ///< of all bands (239)
};

/// Built once, from mel_matrix().
const MelFilters& mel_filters();

}  // namespace soundfold::frontend
