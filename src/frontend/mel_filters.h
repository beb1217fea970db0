// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "frontend/recipe.h"

#include <vector>

namespace soundfold::frontend {

/// The mel matrix [spectrum_bins(), mel_bands] of a recipe, row-major, as float64 values rounded to float: triangles
/// between points equally spaced in mel, linear in mel or in Hz, peak 1.
std::vector<float> mel_matrix(const InputRecipe& recipe);
/// YAMNet's, [257, 64], made once.
const std::vector<float>& mel_matrix();

/// The periodic Hann window of 400 samples, rounded to float32.
const std::vector<float>& hann_window();

/// The Hann window of a recipe in float64, periodic unless the recipe says otherwise.
std::vector<double> hann_window_float64(const InputRecipe& recipe);
/// YAMNet's, as LogMel uses it: rounding the window alone shows in the empty bands of a pure tone.
const std::vector<double>& hann_window_float64();

/// The mel matrix without its zeros: each band's weights are one run of neighbouring bins.
struct MelFilters {
  std::vector<int> first_bin;     ///< of each band: lowest bin with a weight above 0
  std::vector<int> bin_count;     ///< length of the run
  std::vector<int> first_weight;  ///< where the run starts in `weights`
  std::vector<float> weights;
  int lowest_bin = 0;   ///< of all bands (YAMNet: 5)
  int highest_bin = 0;  ///< of all bands (YAMNet: 239)
};

/// From mel_matrix(recipe).
MelFilters mel_filters(const InputRecipe& recipe);
/// YAMNet's, made once.
const MelFilters& mel_filters();

}  // namespace soundfold::frontend
