// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "frontend/log_mel.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

namespace soundfold::frontend {

/// Patches of a waveform that arrives in blocks, in memory that does not grow with its length: push() blocks, then
/// finish() once, which pads as the recipe of `log_mel` says. `consume` gets each patch [frames, bands] in order, and
/// the root-mean-square level of the (unpadded) samples it sees in dBFS (10 log10 of the mean square; -120 at least,
/// full-scale sine -3.01).
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
