// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

/// Sines at 16 kHz, and what they sound like afterwards.
namespace soundfold::testing {

inline std::vector<float> tone(std::size_t count, double hz, double amplitude = 0.5) {
  std::vector<float> samples(count);
  for (std::size_t i = 0; i < count; ++i) {
    samples[i] = static_cast<float>(amplitude * std::sin(2 * std::acos(-1.0) * hz * static_cast<double>(i) / 16000));
  }
  return samples;
}

/// Crossings of zero from below, per second, away from the ends.
inline double measured_hz(const std::vector<float>& samples) {
  int crossings = 0;
  const std::size_t margin = samples.size() / 8;
  for (std::size_t i = margin + 1; i + margin < samples.size(); ++i) crossings += samples[i - 1] < 0 && samples[i] >= 0;
  return crossings * 16000.0 / static_cast<double>(samples.size() - 2 * margin);
}

}  // namespace soundfold::testing
