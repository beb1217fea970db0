// SPDX-License-Identifier: Apache-2.0
#include "soundscapes/internal/background.h"

#include "support/errors.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace soundfold::soundscapes {
namespace {

constexpr double kBlockS = 0.05, kFadeS = 0.1;
constexpr double kSilentMeanSquare = 1e-7;  ///< -70 dBFS
constexpr double kHalfPi = 1.57079632679489661923;

/// The clip without the blocks of 50 ms that are below -70 dBFS: zeros with which short recordings are filled up.
void stream_sounding(const Clip& clip, int sample_rate_hz, const SampleConsumer& consume) {
  const auto block_size = static_cast<std::size_t>(kBlockS * sample_rate_hz);
  std::vector<float> block;
  const auto flush = [&] {
    double sum = 0;
    for (const float sample : block) sum += static_cast<double>(sample) * sample;
    if (sum > kSilentMeanSquare * static_cast<double>(block.size())) consume(block.data(), block.size());
    block.clear();
  };
  stream_clip(clip, sample_rate_hz, [&](const float* samples, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      block.push_back(samples[i]);
      if (block.size() == block_size) flush();
    }
  });
  flush();
}

}  // namespace

Background::Background(const std::vector<Clip>& clips, int sample_rate_hz, double lowest_dbfs, double highest_dbfs)
    : clips_(clips), sample_rate_hz_(sample_rate_hz), lowest_dbfs_(lowest_dbfs), highest_dbfs_(highest_dbfs) {}

/// A clip with sound, by turns in an order that is drawn again for each turn.
std::size_t Background::drawn(Random& random) {
  for (std::size_t tried = 0; tried <= clips_.size(); ++tried) {
    if (deck_.empty()) {
      deck_.resize(clips_.size());
      std::iota(deck_.begin(), deck_.end(), std::size_t{0});
    }
    const auto at = static_cast<std::size_t>(random.integer(0, static_cast<int>(deck_.size()) - 1));
    const std::size_t clip = deck_[at];
    deck_.erase(deck_.begin() + static_cast<std::ptrdiff_t>(at));
    if (mean_square(clip) > 0) return clip;
  }
  throw DataError("the background has no sound: all its clips are below -70 dBFS");
}

double Background::mean_square(std::size_t clip) {
  const auto known = mean_squares_.find(clip);
  if (known != mean_squares_.end()) return known->second;
  double sum = 0;
  std::size_t total = 0;
  stream_sounding(clips_[clip], sample_rate_hz_, [&](const float* samples, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) sum += static_cast<double>(samples[i]) * samples[i];
    total += count;
  });
  return mean_squares_[clip] = total == 0 ? 0 : sum / static_cast<double>(total);
}

/// Adds the tail of the clip before to the first samples, and keeps the last ones back: equal power over kFadeS.
void Background::join(const float* samples, std::size_t count, const SampleConsumer& consume) {
  std::vector<float> joined(samples, samples + count);
  for (std::size_t i = 0; i < count && faded_ < tail_.size(); ++i, ++faded_) {
    const double angle = kHalfPi * static_cast<double>(faded_) / static_cast<double>(tail_.size());
    joined[i] = static_cast<float>(joined[i] * std::sin(angle) + tail_[faded_] * std::cos(angle));
  }
  consume(joined.data(), joined.size());
}

void Background::give_one(Random& random, const SampleConsumer& consume) {
  const std::size_t clip = drawn(random);
  const double level_dbfs = random.uniform(lowest_dbfs_, highest_dbfs_);
  const auto gain = static_cast<float>(std::sqrt(std::pow(10, level_dbfs / 10) / mean_square(clip)));
  const auto fade = static_cast<std::size_t>(kFadeS * sample_rate_hz_);
  std::vector<float> held;
  stream_sounding(clips_[clip], sample_rate_hz_, [&](const float* samples, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) held.push_back(std::clamp(gain * samples[i], -1.0F, 1.0F));
    if (held.size() <= fade) return;
    join(held.data(), held.size() - fade, consume);
    held.erase(held.begin(), held.end() - static_cast<std::ptrdiff_t>(fade));
  });
  tail_ = std::move(held);
  faded_ = 0;
}

}  // namespace soundfold::soundscapes
