// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace soundfold::testing {

/// numpy.random.RandomState(seed).uniform(-1, 1, count): two draws of the Mersenne Twister per number, 53 bits.
inline std::vector<float> uniform_noise(std::size_t count, std::uint32_t seed) {
  std::mt19937 twister(seed);
  std::vector<float> samples(count);
  for (float& sample : samples) {
    const double high = static_cast<double>(twister() >> 5);
    const double low = static_cast<double>(twister() >> 6);
    sample = static_cast<float>(2.0 * ((high * 67'108'864.0 + low) / 9'007'199'254'740'992.0) - 1.0);
  }
  return samples;
}

/// amplitude * sin(2 pi hz t) at `rate_hz`.
inline std::vector<float> sine(std::size_t count, double hz, double rate_hz = 16'000, double amplitude = 1) {
  std::vector<float> samples(count);
  for (std::size_t i = 0; i < count; ++i) {
    samples[i] = static_cast<float>(amplitude * std::sin(2 * M_PI * hz * (static_cast<double>(i) / rate_hz)));
  }
  return samples;
}

}  // namespace soundfold::testing
