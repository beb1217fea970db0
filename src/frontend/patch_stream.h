// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "frontend/log_mel.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace soundfold::frontend {

class PatchCutter;

/// A patch of a stream, as long as it is being consumed.
struct Patch {
  const float* log_mel = nullptr;  ///< [frames, bands]
  std::int64_t frames = 0;         ///< of a whole one patch_frames
  float level_dbfs = 0;            ///< root-mean-square level of the (unpadded) samples it sees (level.h)
  /// Of a recipe with row_frames: how many of its rows earlier patches gave, and the level of each of its rows.
  std::int64_t rows_before = 0;
  const float* row_levels_dbfs = nullptr;

  /// Of one of its rows.
  float level_of_row(std::int64_t row) const { return row_levels_dbfs == nullptr ? level_dbfs : row_levels_dbfs[row]; }
};

/// Of `values` [patches * rows_of_patch, any size], leaves the rows that no earlier patch gave.
void keep_fresh_rows(std::vector<float>& values, const std::vector<std::int64_t>& rows_before,
                     std::int64_t rows_of_patch);

/// Patches of a waveform that arrives in blocks, in memory that does not grow with its length: push() blocks, then
/// finish() once, which pads as the recipe of `log_mel` says. `consume` gets each patch in order.
class PatchStream {
 public:
  using Consumer = std::function<void(const Patch& patch)>;
  PatchStream(LogMel& log_mel, Consumer consume, int patch_hop_frames = kPatchHopFrames);
  ~PatchStream();
  PatchStream(const PatchStream&) = delete;
  PatchStream& operator=(const PatchStream&) = delete;

  void push(const float* samples, std::size_t count);
  /// Returns the number of patches given. With no samples at all: one patch of silence, as the formula says.
  std::int64_t finish();
  std::int64_t sample_count() const;

 private:
  std::unique_ptr<PatchCutter> cutter_;
  bool finished_ = false;
};

}  // namespace soundfold::frontend
