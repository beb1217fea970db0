// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "frontend/log_mel.h"
#include "frontend/patch_stream.h"
#include "frontend/stretch.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <vector>

namespace soundfold::extraction {

/// Cuts stretches out of a recording that arrives in pieces of any size, at the front end's rate, and makes of each the
/// patches of a waveform that holds its samples alone. Stretches may overlap; only those that samples arrive for are in
/// memory. push() pieces, then finish() once.
class StretchStreams {
 public:
  using Consumer = std::function<void(std::size_t stretch, const frontend::Patch& patch)>;
  StretchStreams(frontend::LogMel& log_mel, const std::vector<frontend::Stretch>& stretches, int patch_hop_frames,
                 Consumer consume);

  void push(const float* samples, std::size_t count);
  /// How many samples each stretch has; 0 for one that begins behind the recording, which gave no patch.
  const std::vector<std::int64_t>& finish();

 private:
  /// Gives what is left of a stretch.
  void end(std::map<std::size_t, frontend::PatchStream>::iterator stream);

  frontend::LogMel& log_mel_;
  std::vector<frontend::SampleRange> ranges_;
  std::vector<std::size_t> order_;  ///< of the stretches, by their first samples
  int hop_frames_;
  Consumer consume_;
  std::size_t begun_ = 0;                                 ///< of order_
  std::int64_t position_ = 0;                             ///< in the recording
  std::map<std::size_t, frontend::PatchStream> streams_;  ///< begun, and not ended
  std::vector<std::int64_t> sample_counts_;
};

}  // namespace soundfold::extraction
