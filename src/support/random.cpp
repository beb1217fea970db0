// SPDX-License-Identifier: Apache-2.0
#include "support/random.h"

#include "support/hashing.h"

namespace soundfold {

Random Random::child(std::string_view purpose) const {
  Random mixed(state_ ^ checksum64(purpose.data(), purpose.size()));
  return Random(mixed.bits());
}

std::uint64_t Random::bits() {
  std::uint64_t z = state_ += 0x9E3779B97F4A7C15U;
  z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
  return z ^ (z >> 31U);
}

double Random::uniform(double low, double high) {
  constexpr double kStep = 1.0 / 9007199254740992.0;  // 2^-53: every step of a double below 1
  return low + (high - low) * (static_cast<double>(bits() >> 11U) * kStep);
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
