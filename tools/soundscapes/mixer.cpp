// SPDX-License-Identifier: Apache-2.0
#include "soundscapes/mixer.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace soundfold::soundscapes {
namespace {

constexpr double kLeastBackground = 1e-8;  ///< mean square: -80 dBFS
constexpr float kLargestPeak = 0.99F;

}  // namespace

Mixer::Mixer(std::vector<PlacedSound> sounds, std::int64_t length, Consumer consume)
    : sounds_(std::move(sounds)), length_(length), consume_(std::move(consume)) {}

void Mixer::push(const float* background, std::size_t count) {
  const auto taken = std::min(length_ - taken_, static_cast<std::int64_t>(count));
  pending_.insert(pending_.end(), background, background + taken);
  taken_ += taken;
  settle();
}

/// Mixes what the background is there for, and gives on what no later event needs.
void Mixer::settle() {
  while (next_ < sounds_.size() && sounds_[next_].start + sounds_[next_].length <= taken_) add(sounds_[next_++]);
  const std::int64_t ready = next_ < sounds_.size() ? std::min(sounds_[next_].start, taken_) : taken_;
  if (ready == given_) return;
  consume_(pending_.data(), static_cast<std::size_t>(ready - given_));
  pending_.erase(pending_.begin(), pending_.begin() + (ready - given_));
  given_ = ready;
}

void Mixer::add(const PlacedSound& sound) {
  float* below = pending_.data() + (sound.start - given_);
  const auto samples = sound.load();
  double sum = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) sum += static_cast<double>(below[i]) * below[i];
  const double background = std::max(sum / static_cast<double>(samples.size()), kLeastBackground);
  auto gain = static_cast<float>(std::sqrt(background / sound.mean_square) * std::pow(10, sound.snr_db / 20));
  float peak = 0;
  for (const float sample : samples) peak = std::max(peak, std::abs(sample));
  if (peak * gain > kLargestPeak) gain = kLargestPeak / peak;
  for (std::size_t i = 0; i < samples.size(); ++i) below[i] += gain * samples[i];
  if (sound.mixed) sound.mixed(gain, 10 * std::log10(sound.mean_square * gain * gain / background));
}

}  // namespace soundfold::soundscapes
