// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "audio/waveform.h"
#include "decoding/decoder.h"

#include <array>
#include <cstddef>
#include <vector>

namespace soundfold::audio {

inline constexpr int kMostChannels = 64;

/// Sums of squares, over all blocks added, of each channel and of their mean. A block of fewer channels than others
/// counts its last one for those it lacks, as pick_channel() does.
class ChannelLevels {
 public:
  void add(const decoding::Block& block, const std::vector<float>& mean);
  /// Index of the channel of the highest RMS; of equal ones the first.
  std::size_t loudest() const;
  /// By how many dB the RMS of the mean lies below that of the loudest channel: 0 or more, infinite when only the mean
  /// is silent, 0 when everything is.
  double mean_below_loudest_db() const;

 private:
  std::array<double, kMostChannels> channel_energy_ = {};
  double mean_energy_ = 0;
};

/// The arithmetic mean over channels, in `mono`.
void mix_channels(const decoding::Block& block, std::vector<float>& mono);

/// Channel number `channel`, or the last where there are fewer, in `mono`.
void pick_channel(const decoding::Block& block, std::size_t channel, std::vector<float>& mono);

}  // namespace soundfold::audio
