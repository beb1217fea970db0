// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <type_traits>
#include <vector>

namespace soundfold::listening {

/// Values on their way from one thread to another, in the order in which they were written: one thread writes, one
/// reads. Neither waits, locks or allocates, so that an audio callback may write.
template <typename T>
class Ring {
  static_assert(std::is_trivially_copyable_v<T> && std::atomic<std::size_t>::is_always_lock_free);

 public:
  /// Room for at least `capacity`: a power of two, so that positions keep their slots when they wrap around.
  explicit Ring(std::size_t capacity) : slots_(power_of_two_from(capacity)) {}

  std::size_t capacity() const noexcept { return slots_.size(); }
  /// Written and not yet read. For the writer it can only shrink meanwhile, for the reader only grow.
  std::size_t size() const noexcept {
    const std::size_t read = read_.load(std::memory_order_acquire);
    return written_.load(std::memory_order_acquire) - read;
  }

  /// All of them, or none when there is no room: then false.
  bool write(const T* values, std::size_t count) noexcept {
    const std::size_t written = written_.load(std::memory_order_relaxed);
    const std::size_t used = written - read_.load(std::memory_order_acquire);
    if (count > slots_.size() - used) return false;
    const std::size_t at = written & (slots_.size() - 1);
    const std::size_t first = std::min(count, slots_.size() - at);
    std::copy(values, values + first, slots_.data() + at);
    std::copy(values + first, values + count, slots_.data());
    written_.store(written + count, std::memory_order_release);
    return true;
  }

  /// Up to `most` values into `values`; returns how many.
  std::size_t read(T* values, std::size_t most) noexcept {
    const std::size_t read = read_.load(std::memory_order_relaxed);
    const std::size_t count = std::min(most, written_.load(std::memory_order_acquire) - read);
    const std::size_t at = read & (slots_.size() - 1);
    const std::size_t first = std::min(count, slots_.size() - at);
    std::copy(slots_.data() + at, slots_.data() + at + first, values);
    std::copy(slots_.data(), slots_.data() + (count - first), values + first);
    read_.store(read + count, std::memory_order_release);
    return count;
  }

 private:
  static std::size_t power_of_two_from(std::size_t least) {
    std::size_t size = 1;
    while (size < least) size *= 2;
    return size;
  }

  std::vector<T> slots_;
  std::atomic<std::size_t> written_{0}, read_{0};  ///< since the beginning; they wrap around with their type
};

}  // namespace soundfold::listening
