// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/choices.h"

#include <cstddef>

namespace soundfold::heads {

/// What a pooling is like, whatever it computes (HeadImpl::pool, and the same as TorchScript in deploy/).
struct PoolingProperties {
  bool pools_clips;   ///< one vector for a clip, not one for each frame
  bool doubles_size;  ///< its vectors are two of a frame's size, one after the other
  bool is_learned;    ///< has a weight of its own (attention.weight)
};

/// Its row in the one table.
constexpr PoolingProperties properties_of(config::Pooling pooling) {
  constexpr PoolingProperties rows[] = {
      {false, false, false},  // frame
      {true, false, false},   // mean
      {true, true, false},    // mean_max
      {true, false, true},    // attention
  };
  return rows[static_cast<std::size_t>(pooling)];
}

}  // namespace soundfold::heads
