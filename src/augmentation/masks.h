// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "frontend/recipe.h"

#include <cstdint>

/// Masks of log-mel patches: Park et al., "SpecAugment: a simple data augmentation method for automatic speech
/// recognition", 2019, without its time warping.
namespace soundfold::augmentation {

/// What is masked: whole bands, and whole frames.
struct Mask {
  std::int64_t first_band = 0, band_count = 0;
  std::int64_t first_frame = 0, frame_count = 0;
};

/// The log-mel value of digital silence: ln(log_offset), in decibels 10 log10(log_offset). With top_db the patch's
/// largest value less that, when this is more: what the front end would have raised silence to.
float silent_value(const float* patch, std::int64_t frame_count, const frontend::InputRecipe& input);

/// Fills what `mask` names of a patch [frame_count, input.mel_bands] with its silent value. The mask lies in the patch.
void fill_mask(float* patch, std::int64_t frame_count, const frontend::InputRecipe& input, const Mask& mask);

}  // namespace soundfold::augmentation
