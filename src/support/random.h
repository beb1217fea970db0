// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace soundfold {

/// What SplitMix64 draws in the state `state`: every bit depends on all of its bits, and no two states give the same.
std::uint64_t mixed_bits(std::uint64_t state);

/// The upper 53 of a generator's 64 bits as a number from 0 to below 1, the same on every machine.
double unit_interval(std::uint64_t bits);

/// A stream of random numbers that is the same on every machine: SplitMix64 (Steele, Lea and Flood, "Fast splittable
/// pseudorandom number generators", 2014). The standard library's distributions would differ between libraries.
///
/// The order in which a compiler evaluates the arguments of a call is not fixed, so draw into named values first.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  /// A stream of its own for one purpose. It depends on this stream's seed and draws so far, and uses none up.
  Random child(std::string_view purpose) const;

  std::uint64_t bits();
  /// From `low` to below `high`, evenly.
  double uniform(double low = 0, double high = 1);
  /// Around 0 with a standard deviation of 1, never beyond 3.5: near enough to a normal distribution for sounds.
  double bell();
  /// A whole number from `low` to `high`, both included.
  int integer(int low, int high);
  bool chance(double probability) { return uniform() < probability; }

 private:
  std::uint64_t state_;
};

}  // namespace soundfold
