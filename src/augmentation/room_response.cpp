// SPDX-License-Identifier: Apache-2.0
#include "augmentation/room_response.h"

#include "augmentation/internal/convolution.h"
#include "augmentation/transforms.h"
#include "support/random.h"

#include <algorithm>
#include <cmath>

namespace soundfold::augmentation {
namespace {

constexpr double kBeforeDirect_s = 0.001;
constexpr double kLongestResponse_s = 10;

}  // namespace

std::vector<float> decaying_noise(double rt60_s, double direct_to_reverberant_db, int sample_rate_hz,
                                  std::uint64_t seed) {
  const double samples = rt60_s * sample_rate_hz;
  std::vector<double> tail(static_cast<std::size_t>(std::max(1.0, std::ceil(samples))), 0.0);
  Random noise(seed);
  double energy = 0;
  for (std::size_t n = 1; n < tail.size(); ++n) {
    tail[n] = noise.bell() * std::pow(10.0, -3 * static_cast<double>(n) / samples);
    energy += tail[n] * tail[n];
  }
  const double g = energy > 0 ? std::sqrt(std::pow(10.0, -direct_to_reverberant_db / 10) / energy) : 0;
  std::vector<float> response(tail.size());
  for (std::size_t n = 1; n < tail.size(); ++n) response[n] = static_cast<float>(g * tail[n]);
  response[0] = 1;
  return response;
}

std::vector<float> from_direct_sound(const std::vector<float>& response, int sample_rate_hz) {
  const auto softer = [](float a, float b) { return std::abs(a) < std::abs(b); };
  const auto largest = std::max_element(response.begin(), response.end(), softer);
  if (largest == response.end() || *largest == 0) return {};
  const auto before = static_cast<std::ptrdiff_t>(kBeforeDirect_s * sample_rate_hz);
  const auto first = largest - std::min(before, largest - response.begin());
  const auto longest = static_cast<std::ptrdiff_t>(kLongestResponse_s * sample_rate_hz);
  return {first, first + std::min(longest, response.end() - first)};
}

std::vector<float> in_room(std::vector<float> waveform, const std::vector<float>& response) {
  if (waveform.empty() || response.empty()) return waveform;
  auto result = convolved(waveform, response);
  const double before = mean_square(waveform), after = mean_square(result);
  if (before == 0 || after == 0) return waveform;
  const double factor = std::sqrt(before / after);
  for (float& x : result) x = static_cast<float>(x * factor);
  return result;
}

}  // namespace soundfold::augmentation
