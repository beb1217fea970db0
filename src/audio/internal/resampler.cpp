// SPDX-License-Identifier: Apache-2.0
#include "audio/internal/resampler.h"

#include "support/errors.h"

#include <algorithm>
#include <string>

namespace soundfold::audio {
namespace {

constexpr std::size_t kBlockSamples = 16'384;

void check(soxr_error_t error) {
  if (error != nullptr) throw DataError(std::string("resampling failed: ") + error);
}

}  // namespace

Resampler::Resampler(int input_rate_hz, int output_rate_hz) {
  if (input_rate_hz == output_rate_hz) return;
  const soxr_quality_spec_t quality = soxr_quality_spec(SOXR_HQ, 0);
  const soxr_runtime_spec_t runtime = soxr_runtime_spec(1);
  soxr_error_t error = nullptr;
  soxr_ = soxr_create(input_rate_hz, output_rate_hz, 1, &error, nullptr, &quality, &runtime);
  if (soxr_ == nullptr || error != nullptr) {
    if (soxr_ != nullptr) soxr_delete(soxr_);
    throw DataError("cannot resample from " + std::to_string(input_rate_hz) + " to " + std::to_string(output_rate_hz) +
                    " Hz: " + (error == nullptr ? "soxr gave no reason" : error));
  }
  output_.resize(kBlockSamples);
}

Resampler::~Resampler() {
  if (soxr_ != nullptr) soxr_delete(soxr_);
}

void Resampler::push(const float* samples, std::size_t count, const SampleConsumer& consume) {
  while (count > 0) {
    const std::size_t block = std::min(count, kBlockSamples);
    std::size_t used = block;
    if (soxr_ == nullptr) {
      consume(samples, block);
    } else {
      std::size_t made = 0;
      check(soxr_process(soxr_, samples, block, &used, output_.data(), output_.size(), &made));
      if (used == 0 && made == 0) throw DataError("resampling failed: soxr takes no more samples");
      if (made > 0) consume(output_.data(), made);
    }
    samples += used;
    count -= used;
  }
}

void Resampler::finish(const SampleConsumer& consume) {
  if (soxr_ == nullptr) return;
  while (true) {
    std::size_t made = 0;
    check(soxr_process(soxr_, nullptr, 0, nullptr, output_.data(), output_.size(), &made));
    if (made == 0) return;
    consume(output_.data(), made);
  }
}

}  // namespace soundfold::audio
