// SPDX-License-Identifier: Apache-2.0
#include "frontend/log_mel.h"

#include "frontend/internal/frame_spectra.h"
#include "frontend/mel_filters.h"
#include "support/errors.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

namespace soundfold::frontend {
namespace {

/// YAMNet's are made once.
std::shared_ptr<const MelFilters> shared_filters(const InputRecipe& recipe) {
  if (recipe == InputRecipe{}) return {std::shared_ptr<const MelFilters>(), &mel_filters()};
  return std::make_shared<const MelFilters>(mel_filters(recipe));
}

}  // namespace

struct LogMel::Impl {
  InputRecipe recipe;
  std::vector<double> window;
  std::shared_ptr<const MelFilters> shared;
  const MelFilters& filters = *shared;
  std::unique_ptr<FrameSpectra> spectra =
      std::move(usable_frame_spectra(spectra_settings(recipe, window, filters)).back());
  // Both hold kFrameBatch frames side by side, so that every loop over bins or bands works on all of them at once.
  std::vector<float> magnitudes = std::vector<float>(static_cast<std::size_t>(recipe.spectrum_bins()) * kFrameBatch);
  std::vector<float> mel = std::vector<float>(static_cast<std::size_t>(recipe.mel_bands) * kFrameBatch);

  explicit Impl(const InputRecipe& wanted)
      : recipe(wanted), window(hann_window_float64(wanted)), shared(shared_filters(wanted)) {}

  void apply_filters() {
    for (std::size_t band = 0; band < filters.bin_count.size(); ++band) {
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
      starts[frame] = samples + recipe.hop_samples * std::min(frame, count - 1);
    spectra->compute(starts, magnitudes.data());
    apply_filters();
    const int bands = recipe.mel_bands;
    const auto offset = static_cast<float>(recipe.log_offset);
    for (int frame = 0; frame < count; ++frame) {
      for (int band = 0; band < bands; ++band) {
        const float value = mel[static_cast<std::size_t>(band * kFrameBatch + frame)];
        log_mel[frame * bands + band] =
            recipe.decibels ? 10.0F * std::log10(std::max(value, offset)) : std::log(value + offset);
      }
    }
  }
};

LogMel::LogMel(const InputRecipe& recipe) : impl_(std::make_unique<Impl>(recipe)) {}
LogMel::~LogMel() = default;
LogMel::LogMel(LogMel&&) noexcept = default;
LogMel& LogMel::operator=(LogMel&&) noexcept = default;

const InputRecipe& LogMel::recipe() const {
  return impl_->recipe;
}

void LogMel::frame(const float* samples, float* log_mel) {
  impl_->batch(samples, 1, log_mel);
}

void LogMel::frames(const float* samples, std::int64_t sample_count, float* log_mel) {
  const InputRecipe& recipe = impl_->recipe;
  const std::int64_t beyond_first = sample_count - recipe.window_samples;
  const std::int64_t total = beyond_first < 0 ? 0 : 1 + beyond_first / recipe.hop_samples;
  for (std::int64_t first = 0; first < total; first += kFrameBatch) {
    const int count = static_cast<int>(std::min<std::int64_t>(kFrameBatch, total - first));
    impl_->batch(samples + first * recipe.hop_samples, count, log_mel + first * recipe.mel_bands);
  }
}

Spectrogram spectrogram(const std::vector<float>& waveform, int patch_hop_frames, const InputRecipe& recipe) {
  if (recipe.centered || recipe.top_db > 0) {
    throw UsageError("a spectrogram of patches needs a recipe without centered frames and top_db");
  }
  const auto samples = static_cast<std::int64_t>(waveform.size());
  Spectrogram result;
  result.patch_hop_frames = patch_hop_frames;
  result.mel_bands = recipe.mel_bands;
  result.patch_count = patch_count(samples, patch_hop_frames, recipe);
  const std::int64_t padded_samples = padded_length(samples, patch_hop_frames, recipe);
  result.frame_count = frame_count(padded_samples, recipe);
  result.log_mel.resize(static_cast<std::size_t>(result.frame_count * recipe.mel_bands));
  LogMel log_mel(recipe);
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
