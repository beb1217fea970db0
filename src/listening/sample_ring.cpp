// SPDX-License-Identifier: Apache-2.0
#include "listening/sample_ring.h"

#include <algorithm>

namespace soundfold::listening {
namespace {

/// A power of two, so that positions keep their slots when they wrap around.
std::size_t power_of_two_from(std::size_t least) {
  std::size_t size = 1;
  while (size < least) size *= 2;
  return size;
}

}  // namespace

SampleRing::SampleRing(std::size_t capacity) : slots_(power_of_two_from(capacity)) {}

bool SampleRing::write(const float* samples, std::size_t count) noexcept {
  const std::size_t written = written_.load(std::memory_order_relaxed);
  const std::size_t used = written - read_.load(std::memory_order_acquire);
  if (count > slots_.size() - used) return false;
  const std::size_t at = written & (slots_.size() - 1);
  const std::size_t first = std::min(count, slots_.size() - at);
  std::copy(samples, samples + first, slots_.data() + at);
  std::copy(samples + first, samples + count, slots_.data());
  written_.store(written + count, std::memory_order_release);
  return true;
}

std::size_t SampleRing::read(float* samples, std::size_t most) noexcept {
  const std::size_t read = read_.load(std::memory_order_relaxed);
  const std::size_t count = std::min(most, written_.load(std::memory_order_acquire) - read);
  const std::size_t at = read & (slots_.size() - 1);
  const std::size_t first = std::min(count, slots_.size() - at);
  std::copy(slots_.data() + at, slots_.data() + at + first, samples);
  std::copy(slots_.data(), slots_.data() + (count - first), samples + first);
  read_.store(read + count, std::memory_order_release);
  return count;
}

}  // namespace soundfold::listening
