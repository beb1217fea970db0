// SPDX-License-Identifier: Apache-2.0
#include "support/random.h"

#include "support/hashing.h"

namespace soundfold {
namespace {

/// SplitMix64's step from one state to the next.
constexpr std::uint64_t kStateStep = 0x9E3779B97F4A7C15U;

}  // namespace

std::uint64_t mixed_bits(std::uint64_t state) {
  std::uint64_t z = state + kStateStep;
  z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
  return z ^ (z >> 31U);
}

double unit_interval(std::uint64_t bits) {
  return static_cast<double>(bits >> 11U) * 0x1p-53;  // exact: 53 bits fit a double
}

Random Random::child(std::string_view purpose) const {
  Random mixed(state_ ^ checksum64(purpose.data(), purpose.size()));
  return Random(mixed.bits());
}

std::uint64_t Random::bits() {
  const auto drawn = mixed_bits(state_);
  state_ += kStateStep;
  return drawn;
}

double Random::uniform(double low, double high) {
  return low + (high - low) * unit_interval(bits());
}

double Random::bell() {
  // Four uniform numbers have a variance of 4/12.
  double sum = -2;
  for (int i = 0; i < 4; ++i) sum += uniform();
  return sum * 1.7320508075688772;
}

int Random::integer(int low, int high) {
  return low + static_cast<int>(uniform() * (high - low + 1));
}

}  // namespace soundfold
