// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "listening/ring.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

namespace soundfold::listening {

/// Frames (a sample of each channel) on their way from an audio callback to another thread, which learns where some are
/// missing. One thread pushes, one takes.
class FrameBuffer {
 public:
  /// Has room for at least `frames` of `channels` samples.
  FrameBuffer(std::size_t channels, std::size_t frames);

  /// Interleaved samples: all, or none, and false, when there is no room. From then on all are dropped until half of
  /// the room is free, so that a reader that is too slow gets long pieces with long gaps, not short ones. Neither
  /// waits, locks nor allocates.
  bool push(const float* samples, std::size_t frames) noexcept;
  /// Frames that were dropped. Any thread may ask.
  std::uint64_t dropped() const noexcept { return dropped_.load(std::memory_order_relaxed); }

  /// Frames that follow each other.
  struct Piece {
    const float* samples = nullptr;  ///< [frames, channels]; until the next take()
    std::size_t frames = 0;          ///< 0: none is there
    std::uint64_t missing = 0;       ///< frames that were dropped directly before these
  };
  Piece take();
  /// Frames that take() can give now.
  std::size_t waiting() const noexcept;

 private:
  struct Gap {
    std::uint64_t at = 0;      ///< frames that were pushed before it
    std::uint64_t frames = 0;  ///< that were dropped
  };

  std::size_t channels_;
  Ring<float> ring_;
  Ring<Gap> gaps_;  ///< each is written before the frames that follow it

  // The writer's.
  Gap gap_;  ///< that is still growing, or of no frames; `at` is counted on with each push
  std::atomic<std::uint64_t> dropped_{0};

  // The reader's.
  std::vector<float> block_;
  std::size_t begin_ = 0, end_ = 0;  ///< frames of block_ that are still to be given
  std::uint64_t taken_ = 0;          ///< frames so far
  std::deque<Gap> later_;            ///< gaps that the frames taken have not reached
};

}  // namespace soundfold::listening
