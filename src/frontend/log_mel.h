// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "frontend/recipe.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace soundfold::frontend {

/// Computes YAMNet's log-mel frames with kissfft: periodic Hann of 400, zero-padded on the right to 512, magnitude,
/// mel-linear triangles, ln(x + 0.001). Window and transform run in float64, what follows in float32.
/// Samples must be finite. Holds scratch buffers: one object per thread. No allocation per frame.
class LogMel {
 public:
  LogMel();
  ~LogMel();
  LogMel(LogMel&&) noexcept;
  LogMel& operator=(LogMel&&) noexcept;

  /// One frame: reads 400 samples, writes 64 values.
  void frame(const float* samples, float* log_mel);

  /// All frames of `sample_count` samples (not padded): writes [frame_count(sample_count), 64], row-major.
  void frames(const float* samples, std::int64_t sample_count, float* log_mel);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The mel matrix [257, 64], row-major, as float64 values rounded to float: triangles linear in mel, peak 1.
const std::vector<float>& mel_matrix();

/// The periodic Hann window of 400 samples, rounded to float32.
const std::vector<float>& hann_window();

/// The same in float64, as LogMel uses it: rounding the window alone costs 3e-4 in the empty bands of a pure tone.
const std::vector<double>& hann_window_float64();

/// Log-mel of a waveform with the recipe's padding: [T, 64], T = frame_count(padded_length(n)).
struct Spectrogram {
  std::vector<float> log_mel;
  std::int64_t frame_count = 0;
  std::int64_t patch_count = 0;
  int patch_hop_frames = kPatchHopFrames;
  /// Patch p is the [96, 64] block that starts here; patches overlap in memory.
  const float* patch(std::int64_t p) const { return log_mel.data() + p * patch_hop_frames * kMelBands; }
};
Spectrogram spectrogram(const std::vector<float>& waveform, int patch_hop_frames = kPatchHopFrames);

/// Patches of a waveform that arrives in blocks, in memory that does not grow with its length: push() blocks, then
/// finish() once, which pads as the recipe says. `consume` gets each patch [96, 64] in order, and the root-mean-square
/// level of the (unpadded) samples it sees in dBFS (10 log10 of the mean square; -120 at least, full-scale sine -3.01).
class PatchStream {
 public:
  using Consumer = std::function<void(const float* patch, float level_dbfs)>;
  PatchStream(LogMel& log_mel, Consumer consume, int patch_hop_frames = kPatchHopFrames);
  ~PatchStream();
  PatchStream(const PatchStream&) = delete;
  PatchStream& operator=(const PatchStream&) = delete;

  void push(const float* samples, std::size_t count);
  /// Returns the number of patches given. With no samples at all: one all-zero patch, as the formula says.
  std::int64_t finish();
  std::int64_t sample_count() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace soundfold::frontend
