// SPDX-License-Identifier: Apache-2.0
#include "distillation/internal/crops.h"

#include "augmentation/transforms.h"
#include "support/errors.h"
#include "support/random.h"

#include <algorithm>
#include <cmath>

namespace soundfold::distillation {
namespace {

constexpr double kSilentMeanSquare = 1e-6;  // -60 dBFS
constexpr int kTries = 5;

double mean_square(const float* samples, std::size_t count) {
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i) sum += static_cast<double>(samples[i]) * static_cast<double>(samples[i]);
  return count == 0 ? 0 : sum / static_cast<double>(count);
}

/// `count` samples from a drawn place, zeros after the end of a shorter sound.
std::vector<float> piece_of(const std::vector<float>& sound, std::size_t count, Random& draws) {
  std::size_t start = 0;
  const std::size_t room = sound.size() > count ? sound.size() - count : 0;
  for (int attempt = 0; attempt < kTries; ++attempt) {
    start = static_cast<std::size_t>(draws.uniform(0, static_cast<double>(room + 1)));
    if (mean_square(sound.data() + start, std::min(count, sound.size() - start)) >= kSilentMeanSquare) break;
  }
  std::vector<float> piece(sound.begin() + static_cast<std::ptrdiff_t>(start),
                           sound.begin() + static_cast<std::ptrdiff_t>(start + std::min(count, sound.size() - start)));
  piece.resize(count);
  return piece;
}

/// Noise that falls by 0, about 3 or 6 dB an octave, as drawn. Pink by the sum of three first-order filters after
/// P. Kellet's "economy" filter.
std::vector<float> noise(std::size_t count, Random& draws) {
  const int colour = draws.integer(0, 2);
  std::vector<float> samples(count);
  double slow = 0, middle = 0, fast = 0;
  for (auto& sample : samples) {
    const double white = draws.uniform(-1, 1);
    if (colour == 1) {
      slow = 0.99765 * slow + white * 0.0990460;
      middle = 0.96300 * middle + white * 0.2965164;
      fast = 0.57000 * fast + white * 1.0526913;
    } else if (colour == 2) {
      slow = 0.995 * slow + white;
    }
    sample = static_cast<float>(colour == 0 ? white : colour == 1 ? slow + middle + fast + 0.1848 * white : slow);
  }
  return samples;
}

}  // namespace

Crops::Crops(std::shared_ptr<const Sounds> sounds, std::vector<std::size_t> chosen, const CropOptions& options)
    : sounds_(std::move(sounds)), chosen_(std::move(chosen)), options_(options) {
  if (chosen_.empty()) throw UsageError("crops need at least one sound");
}

std::vector<float> Crops::get(const std::string& pool, std::int64_t index) const {
  auto draws = Random(options_.seed).child(pool).child(std::to_string(index));
  const auto drawn_sound = [&]() -> const std::vector<float>& {
    const auto place = draws.integer(0, static_cast<int>(chosen_.size()) - 1);
    return sounds_->waveforms[chosen_[static_cast<std::size_t>(place)]];
  };
  const auto samples = static_cast<std::size_t>(options_.samples);
  const auto& sound = drawn_sound();
  const double speed = 1 + draws.uniform(-1, 1) * options_.speed_percent / 100;
  const auto length = static_cast<std::size_t>(std::ceil(static_cast<double>(samples) * speed));
  auto crop = piece_of(sound, std::max<std::size_t>(length, 1), draws);
  if (speed != 1) crop = augmentation::with_speed(std::move(crop), speed);
  crop.resize(samples);
  if (draws.chance(options_.mix_share)) {
    const auto& other = drawn_sound();
    const auto piece = piece_of(other, samples, draws);
    crop = augmentation::with_noise(std::move(crop), piece, 0, draws.uniform(-5, 15));
  }
  if (draws.chance(options_.noise_share)) {
    const auto added = noise(samples, draws);
    crop = augmentation::with_noise(std::move(crop), added, 0, draws.uniform(0, 30));
  }
  return augmentation::with_gain(std::move(crop), draws.uniform(-1, 1) * options_.gain_db);
}

}  // namespace soundfold::distillation
