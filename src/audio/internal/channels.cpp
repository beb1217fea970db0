// SPDX-License-Identifier: Apache-2.0
#include "audio/internal/channels.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace soundfold::audio {

void ChannelLevels::add(const decoding::Block& block, const std::vector<float>& mean) {
  const auto channels = static_cast<std::size_t>(block.channels);
  std::array<double, kMostChannels> energy = {};
  const float* values = block.values;
  for (std::size_t frame = 0; frame < block.frames; ++frame, values += channels) {
    for (std::size_t channel = 0; channel < channels; ++channel) {
      const auto value = static_cast<double>(values[channel]);
      energy[channel] += value * value;
    }
  }
  for (std::size_t channel = 0; channel < channel_energy_.size(); ++channel) {
    channel_energy_[channel] += energy[std::min(channel, channels - 1)];
  }
  for (const float value : mean) mean_energy_ += static_cast<double>(value) * static_cast<double>(value);
}

std::size_t ChannelLevels::loudest() const {
  return static_cast<std::size_t>(std::max_element(channel_energy_.begin(), channel_energy_.end()) -
                                  channel_energy_.begin());
}

double ChannelLevels::mean_below_loudest_db() const {
  const double loudest_energy = channel_energy_[loudest()];
  if (loudest_energy <= 0) return 0;
  if (mean_energy_ <= 0) return std::numeric_limits<double>::infinity();
  return std::max(0.0, 10 * std::log10(loudest_energy / mean_energy_));
}

void mix_channels(const decoding::Block& block, std::vector<float>& mono) {
  const auto channels = static_cast<std::size_t>(block.channels);
  if (channels == 1) {
    mono.assign(block.values, block.values + block.frames);
    return;
  }
  mono.resize(block.frames);
  const float* values = block.values;
  for (std::size_t frame = 0; frame < block.frames; ++frame, values += channels) {
    double sum = 0;
    for (std::size_t channel = 0; channel < channels; ++channel) sum += static_cast<double>(values[channel]);
    mono[frame] = static_cast<float>(sum / static_cast<double>(channels));
  }
}

void pick_channel(const decoding::Block& block, std::size_t channel, std::vector<float>& mono) {
  const auto channels = static_cast<std::size_t>(block.channels);
  mono.resize(block.frames);
  const float* value = block.values + std::min(channel, channels - 1);
  for (std::size_t frame = 0; frame < block.frames; ++frame, value += channels) mono[frame] = *value;
}

}  // namespace soundfold::audio
