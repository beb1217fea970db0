// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "distillation/internal/sounds.h"
#include "frontend/recipe.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace soundfold::distillation {

/// How a crop is augmented before teacher and student get it.
struct CropOptions {
  std::uint64_t seed = 0;
  int samples = frontend::InputRecipe{}.patch_window_samples();  ///< length: what one patch of the network sees
  double gain_db = 0;                                            ///< at most this much louder or softer
  double mix_share = 0;      ///< share of crops that a crop of another sound is added to, -5 to 15 dB below
  double noise_share = 0;    ///< share of crops that white, pink or brown noise is added to, 0 to 30 dB below
  double speed_percent = 0;  ///< at most this much faster or slower
};

/// Pieces of the sounds, CropOptions::samples long. Crop `index` of pool `pool` is the same
/// in whatever order and on whichever thread it is requested.
///
/// A sound is drawn evenly, then a place in it; a place below -60 dBFS is drawn again up to four times, since much of
/// ESC-50 is padding. Shorter sounds are followed by zeros. Then in this order: speed, another sound, noise, gain.
class Crops {
 public:
  /// Draws from the sounds `chosen`, at least one.
  Crops(std::shared_ptr<const Sounds> sounds, std::vector<std::size_t> chosen, const CropOptions& options);

  std::vector<float> get(const std::string& pool, std::int64_t index) const;

 private:
  std::shared_ptr<const Sounds> sounds_;
  std::vector<std::size_t> chosen_;
  CropOptions options_;
};

}  // namespace soundfold::distillation
