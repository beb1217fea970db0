// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "frontend/recipe.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace soundfold::frontend {

/// Computes log-mel frames with kissfft; YAMNet's: periodic Hann of 400, zero-padded on the right to 512, magnitude,
/// mel-linear triangles, ln(x + 0.001). Window and transform run in float64, what follows in float32. Mirrored ends and
/// top_db are not its work: PatchStream does both.
/// Samples must be finite. Holds scratch buffers: one object per thread. No allocation per frame.
class LogMel {
 public:
  explicit LogMel(const InputRecipe& recipe = {});
  ~LogMel();
  LogMel(LogMel&&) noexcept;
  LogMel& operator=(LogMel&&) noexcept;

  const InputRecipe& recipe() const;
  /// One frame: reads window_samples samples, writes mel_bands values.
  void frame(const float* samples, float* log_mel);

  /// The frames that lie inside `sample_count` samples, the first at their start: writes
  /// [1 + (sample_count - window_samples) / hop_samples, mel_bands], row-major.
  void frames(const float* samples, std::int64_t sample_count, float* log_mel);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Log-mel of a waveform with the recipe's padding: [T, mel_bands], T = frame_count(padded_length(n)).
struct Spectrogram {
  std::vector<float> log_mel;
  std::int64_t frame_count = 0;
  std::int64_t patch_count = 0;
  int patch_hop_frames = kPatchHopFrames;
  int mel_bands = kMelBands;
  /// Patch p is the [patch_frames, mel_bands] block that starts here; patches overlap in memory.
  const float* patch(std::int64_t p) const { return log_mel.data() + p * patch_hop_frames * mel_bands; }
};
/// Throws UsageError for a recipe with centered frames or top_db, whose patches only PatchStream gives.
Spectrogram spectrogram(const std::vector<float>& waveform, int patch_hop_frames = kPatchHopFrames,
                        const InputRecipe& recipe = {});

}  // namespace soundfold::frontend
