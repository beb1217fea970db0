// SPDX-License-Identifier: Apache-2.0
#include "frontend/mel_filters.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace soundfold::frontend {
namespace {

constexpr double kPi = 3.14159265358979323846;

/// Mel scale as AudioSet's models use it: mel(f) = 1127 ln(1 + f / 700).
double mel_from_hz(double hz) {
  return 1127.0 * std::log(1.0 + hz / 700.0);
}

double hz_from_mel(double mel) {
  return 700.0 * (std::exp(mel / 1127.0) - 1.0);
}

/// Weight of a bin at `mel` in band `band`: a triangle between three of the points (two more than there are bands)
/// equally spaced in mel.
double triangle(double mel, int band, const InputRecipe& recipe) {
  const double low = mel_from_hz(recipe.mel_low_hz);
  const double step = (mel_from_hz(recipe.mel_high_hz) - low) / (recipe.mel_bands + 1);
  const double rising = (mel - (low + step * band)) / step;
  const double falling = (low + step * (band + 2) - mel) / step;
  return std::max(0.0, std::min(rising, falling));
}

/// The same between the same points, but linear in frequency.
double triangle_in_hz(double hz, int band, const InputRecipe& recipe) {
  const double low = mel_from_hz(recipe.mel_low_hz);
  const double step = (mel_from_hz(recipe.mel_high_hz) - low) / (recipe.mel_bands + 1);
  const auto point = [&](int number) { return hz_from_mel(low + step * number); };
  const double rising = (hz - point(band)) / (point(band + 1) - point(band));
  const double falling = (point(band + 2) - hz) / (point(band + 2) - point(band + 1));
  return std::max(0.0, std::min(rising, falling));
}

}  // namespace

std::vector<float> mel_matrix(const InputRecipe& recipe) {
  const int bins = recipe.spectrum_bins(), bands = recipe.mel_bands;
  std::vector<float> matrix(static_cast<std::size_t>(bins) * static_cast<std::size_t>(bands), 0.0f);
  const double bin_hz = static_cast<double>(recipe.sample_rate_hz) / recipe.fft_length;
  // Bin 0 (the mean) belongs to no band.
  for (int bin = 1; bin < bins; ++bin) {
    const double hz = bin_hz * bin, mel = mel_from_hz(hz);
    for (int band = 0; band < bands; ++band) {
      const double weight = recipe.triangles_in_hz ? triangle_in_hz(hz, band, recipe) : triangle(mel, band, recipe);
      matrix[static_cast<std::size_t>(bin * bands + band)] = static_cast<float>(weight);
    }
  }
  return matrix;
}

const std::vector<float>& mel_matrix() {
  static const std::vector<float> matrix = mel_matrix(InputRecipe{});
  return matrix;
}

std::vector<double> hann_window_float64(const InputRecipe& recipe) {
  std::vector<double> window(static_cast<std::size_t>(recipe.window_samples));
  const int period = recipe.window_samples - (recipe.symmetric_window ? 1 : 0);
  for (int k = 0; k < recipe.window_samples; ++k) {
    window[static_cast<std::size_t>(k)] = 0.5 - 0.5 * std::cos(2.0 * kPi * k / period);
  }
  return window;
}

MelFilters mel_filters(const InputRecipe& recipe) {
  const std::vector<float> matrix = mel_matrix(recipe);
  const int bins = recipe.spectrum_bins(), bands = recipe.mel_bands;
  MelFilters filters;
  filters.first_bin.resize(static_cast<std::size_t>(bands));
  filters.bin_count.resize(static_cast<std::size_t>(bands));
  filters.lowest_bin = bins;
  for (int band = 0; band < bands; ++band) {
    const auto slot = static_cast<std::size_t>(band);
    filters.first_weight.push_back(static_cast<int>(filters.weights.size()));
    for (int bin = 0; bin < bins; ++bin) {
      const float weight = matrix[static_cast<std::size_t>(bin * bands + band)];
      if (weight <= 0) continue;
      if (filters.bin_count[slot]++ == 0) filters.first_bin[slot] = bin;
      filters.weights.push_back(weight);
      filters.lowest_bin = std::min(filters.lowest_bin, bin);
      filters.highest_bin = std::max(filters.highest_bin, bin);
    }
  }
  return filters;
}

const MelFilters& mel_filters() {
  static const MelFilters filters = mel_filters(InputRecipe{});
  return filters;
}

const std::vector<double>& hann_window_float64() {
  static const std::vector<double> window = hann_window_float64(InputRecipe{});
  return window;
}

const std::vector<float>& hann_window() {
  static const std::vector<float> window(hann_window_float64().begin(), hann_window_float64().end());
  return window;
}

}  // namespace soundfold::frontend
