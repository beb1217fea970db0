// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <vector>

namespace soundfold::listening {

/// Samples on their way from one thread to another, in the order in which they were written: one thread writes, one
/// reads. Neither waits, locks or allocates, so that an audio callback may write.
class SampleRing {
 public:
  explicit SampleRing(std::size_t capacity);

  /// All of them, or none when there is no room: then false.
  bool write(const float* samples, std::size_t count) noexcept;
  /// Up to `most` samples into `samples`; returns how many.
  std::size_t read(float* samples, std::size_t most) noexcept;

 private:
  std::vector<float> slots_;
  std::atomic<std::size_t> written_{0}, read_{0};  ///< since the beginning; they wrap around with their type
};

}  // namespace soundfold::listening
