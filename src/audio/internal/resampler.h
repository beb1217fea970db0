// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <soxr.h>

#include <cstddef>
#include <functional>
#include <vector>

namespace soundfold::audio {

using SampleConsumer = std::function<void(const float* samples, std::size_t count)>;

/// Brings mono samples from one rate to another, block by block, with soxr HQ on the calling thread. soxr takes its
/// filter's delay out itself, so that time 0 stays time 0. Samples that already have the right rate pass through
/// unchanged.
class Resampler {
 public:
  /// Throws DataError when soxr cannot be set up for these rates.
  Resampler(int input_rate_hz, int output_rate_hz);
  ~Resampler();
  Resampler(const Resampler&) = delete;
  Resampler& operator=(const Resampler&) = delete;

  /// Gives what becomes ready to `consume`, at most 16,384 samples at a time.
  void push(const float* samples, std::size_t count, const SampleConsumer& consume);
  /// Gives the rest. Call once, last.
  void finish(const SampleConsumer& consume);

 private:
  soxr_t soxr_ = nullptr;
  std::vector<float> output_;
};

}  // namespace soundfold::audio
