// SPDX-License-Identifier: Apache-2.0
#include "augmentation/masks.h"

#include <algorithm>
#include <cmath>

namespace soundfold::augmentation {

float silent_value(const float* patch, std::int64_t frame_count, const frontend::InputRecipe& input) {
  if (!input.decibels) return static_cast<float>(std::log(input.log_offset));
  double value = 10 * std::log10(input.log_offset);
  if (input.top_db > 0) {
    const auto* largest = std::max_element(patch, patch + frame_count * input.mel_bands);
    value = std::max(value, *largest - input.top_db);
  }
  return static_cast<float>(value);
}

void fill_mask(float* patch, std::int64_t frame_count, const frontend::InputRecipe& input, const Mask& mask) {
  const float value = silent_value(patch, frame_count, input);
  for (std::int64_t frame = 0; frame < frame_count; ++frame) {
    float* bands = patch + frame * input.mel_bands;
    const bool whole = frame >= mask.first_frame && frame < mask.first_frame + mask.frame_count;
    std::fill_n(bands + (whole ? 0 : mask.first_band), whole ? input.mel_bands : mask.band_count, value);
  }
}

}  // namespace soundfold::augmentation
