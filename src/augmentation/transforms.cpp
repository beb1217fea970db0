// SPDX-License-Identifier: Apache-2.0
#include "augmentation/transforms.h"

#include "support/errors.h"

#include <soxr.h>

#include <algorithm>
#include <cmath>
#include <string>

namespace soundfold::augmentation {

double mean_square(const std::vector<float>& samples) {
  double sum = 0;
  for (const float x : samples) sum += double{x} * x;
  return samples.empty() ? 0 : sum / static_cast<double>(samples.size());
}

std::vector<float> with_gain(std::vector<float> waveform, double gain_db) {
  const double factor = std::pow(10.0, gain_db / 20);
  for (float& x : waveform) x = static_cast<float>(x * factor);
  return waveform;
}

std::vector<float> circular_shift(std::vector<float> waveform, std::int64_t samples) {
  const auto size = static_cast<std::int64_t>(waveform.size());
  if (size == 0) return waveform;
  const std::int64_t later = ((samples % size) + size) % size;
  std::rotate(waveform.begin(), waveform.end() - later, waveform.end());
  return waveform;
}

std::vector<float> with_speed(std::vector<float> waveform, double factor) {
  if (factor == 1 || waveform.empty()) return waveform;
  const auto wanted = std::max<std::int64_t>(1, std::llround(static_cast<double>(waveform.size()) / factor));
  std::vector<float> result(static_cast<std::size_t>(wanted), 0.0F);
  const auto io = soxr_io_spec(SOXR_FLOAT32_I, SOXR_FLOAT32_I);
  const auto quality = soxr_quality_spec(SOXR_HQ, 0);
  const auto runtime = soxr_runtime_spec(1);
  std::size_t made = 0;
  const soxr_error_t error = soxr_oneshot(factor, 1, 1, waveform.data(), waveform.size(), nullptr, result.data(),
                                          result.size(), &made, &io, &quality, &runtime);
  if (error != nullptr) throw DataError("changing the speed of a clip by " + std::to_string(factor) + ": " + error);
  return result;
}

std::vector<float> with_noise(std::vector<float> waveform, const std::vector<float>& noise, std::size_t offset,
                              double snr_db) {
  if (noise.empty()) return waveform;
  std::vector<float> added(waveform.size());
  for (std::size_t i = 0; i < added.size(); ++i) added[i] = noise[(offset + i) % noise.size()];
  const double clip_power = mean_square(waveform), noise_power = mean_square(added);
  if (clip_power == 0 || noise_power == 0) return waveform;
  const double scale = std::sqrt(clip_power / (noise_power * std::pow(10.0, snr_db / 10)));
  for (std::size_t i = 0; i < added.size(); ++i) waveform[i] += static_cast<float>(scale * added[i]);
  return waveform;
}

std::vector<float> with_gap(std::vector<float> waveform, std::size_t start, std::size_t length) {
  const std::size_t from = std::min(start, waveform.size());
  const std::size_t count = std::min(length, waveform.size() - from);
  std::fill_n(waveform.begin() + static_cast<std::ptrdiff_t>(from), count, 0.0F);
  return waveform;
}

std::vector<float> fitted(std::vector<float> waveform, std::size_t samples) {
  const std::size_t given = waveform.size();
  waveform.resize(samples, 0.0F);
  for (std::size_t i = given; given > 0 && i < samples; ++i) waveform[i] = waveform[i - given];
  return waveform;
}

}  // namespace soundfold::augmentation
