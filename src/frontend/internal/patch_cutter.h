// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "frontend/log_mel.h"
#include "frontend/patch_stream.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace soundfold::frontend {

// Frames are computed in multiples of this, so that blocks of samples of any size do not waste the batch arithmetic.
inline constexpr std::int64_t kFramesPerStep = 16;
inline constexpr std::size_t kBlockSamples = 8192;

/// How a PatchStream cuts what comes: in whole patches, or with short ones.
class PatchCutter {
 public:
  PatchCutter(LogMel& log_mel, PatchStream::Consumer consume, int patch_hop_frames);
  virtual ~PatchCutter() = default;

  /// At most kBlockSamples.
  void push(const float* samples, std::size_t count) {
    received_ += static_cast<std::int64_t>(count);
    append(samples, count);
  }
  /// Once, after the last sample.
  virtual void finish() = 0;
  std::int64_t sample_count() const { return received_; }
  std::int64_t patch_count() const { return patches_; }

 protected:
  virtual void append(const float* samples, std::size_t count) = 0;
  const InputRecipe& recipe() const { return log_mel_.recipe(); }
  int hop_frames() const { return hop_frames_; }
  /// The sample at which the patch begins that comes next.
  std::int64_t patch_start() const { return patches_ * recipe().patch_hop_samples(hop_frames_); }
  /// The next patch: its log-mel values, frames and, where it has several, rows. `energy` is the sum of squares of the
  /// samples that it sees of the waveform, `seen` how many.
  void give(Patch patch, double energy, std::int64_t seen);

  LogMel& log_mel_;

 private:
  PatchStream::Consumer consume_;
  int hop_frames_;
  std::int64_t received_ = 0;  // without padding
  std::int64_t patches_ = 0;   // given so far
  std::vector<float> raised_;
};

/// Root-mean-square level of `seen` samples.
float level_of(double energy, std::int64_t seen);

/// Sum of squares. Four partial sums let the compiler use vector arithmetic.
double energy_of(const float* samples, std::int64_t count);

/// Of recipes with centered frames and short patches.
std::unique_ptr<PatchCutter> centered_cutter(LogMel& log_mel, PatchStream::Consumer consume, int patch_hop_frames);

}  // namespace soundfold::frontend
