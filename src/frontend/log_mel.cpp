// SPDX-License-Identifier: Apache-2.0
#include "frontend/log_mel.h"

#include "frontend/internal/frame_spectra.h"
#include "frontend/mel_filters.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace soundfold::frontend {

struct LogMel::Impl {
  std::unique_ptr<FrameSpectra> spectra = std::move(usable_frame_spectra().back());
  const MelFilters& filters = mel_filters();
  // Both hold kFrameBatch frames side by side, so that every loop over bins or bands works on all of them at once.
  std::array<float, kSpectrumBins * kFrameBatch> magnitudes{};
  std::array<float, kMelBands * kFrameBatch> mel{};

  void apply_filters() {
    for (std::size_t band = 0; band < kMelBands; ++band) {
      const float* weights = filters.weights.data() + filters.first_weight[band];
      const float* bins = magnitudes.data() + filters.first_bin[band] * kFrameBatch;
      float sums[kFrameBatch] = {};
      for (int i = 0; i < filters.bin_count[band]; ++i) {
        for (int frame = 0; frame < kFrameBatch; ++frame) sums[frame] += weights[i] * bins[i * kFrameBatch + frame];
      }
      std::copy(sums, sums + kFrameBatch, mel.data() + band * kFrameBatch);
    }
  }

  /// Writes `count` (1 to kFrameBatch) frames that start at `samples`, a hop apart.
  void batch(const float* samples, int count, float* log_mel) {
    const float* starts[kFrameBatch];
    for (int frame = 0; frame < kFrameBatch; ++frame)
      starts[frame] = samples + kHopSamples * std::min(frame, count - 1);
    spectra->compute(starts, magnitudes.data());
    apply_filters();
    for (int frame = 0; frame < count; ++frame) {
      for (int band = 0; band < kMelBands; ++band) {
        log_mel[frame * kMelBands + band] =
            std::log(mel[static_cast<std::size_t>(band * kFrameBatch + frame)] + static_cast<float>(kLogOffset));
      }
    }
  }
};

LogMel::LogMel() : impl_(std::make_unique<Impl>()) {}
LogMel::~LogMel() = default;
LogMel::LogMel(LogMel&&) noexcept = default;
LogMel& LogMel::operator=(LogMel&&) noexcept = default;

void LogMel::frame(const float* samples, float* log_mel) {
  impl_->batch(samples, 1, log_mel);
}

void LogMel::frames(const float* samples, std::int64_t sample_count, float* log_mel) {
  const std::int64_t total = frame_count(sample_count);
  for (std::int64_t first = 0; first < total; first += kFrameBatch) {
    const int count = static_cast<int>(std::min<std::int64_t>(kFrameBatch, total - first));
    impl_->batch(samples + first * kHopSamples, count, log_mel + first * kMelBands);
  }
}

Spectrogram spectrogram(const std::vector<float>& waveform, int patch_hop_frames) {
  const auto samples = static_cast<std::int64_t>(waveform.size());
  Spectrogram result;
  result.patch_hop_frames = patch_hop_frames;
  result.patch_count = patch_count(samples, patch_hop_frames);
  const std::int64_t padded_samples = padded_length(samples, patch_hop_frames);
  result.frame_count = frame_count(padded_samples);
  result.log_mel.resize(static_cast<std::size_t>(result.frame_count * kMelBands));
  LogMel log_mel;
  if (padded_samples == samples) {
    log_mel.frames(waveform.data(), samples, result.log_mel.data());
    return result;
  }
  std::vector<float> padded(static_cast<std::size_t>(padded_samples), 0.0f);
  std::copy(waveform.begin(), waveform.end(), padded.begin());
  log_mel.frames(padded.data(), padded_samples, result.log_mel.data());
  return result;
}

}  // namespace soundfold::frontend
