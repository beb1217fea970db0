// SPDX-License-Identifier: Apache-2.0
#include "soundscapes/extent.h"

#include <algorithm>
#include <cmath>

namespace soundfold::soundscapes {
namespace {

constexpr double kFrameS = 0.01;
constexpr double kDigitalSilenceDb = -90;
constexpr double kAlwaysSoundingDb = 15;  ///< below the peak

double in_db(double mean_square) {
  return 10 * std::log10(mean_square + 1e-20);
}

std::vector<double> frame_mean_squares(const std::vector<float>& waveform, std::size_t frame_size) {
  std::vector<double> values;
  for (std::size_t begin = 0; begin < waveform.size(); begin += frame_size) {
    const std::size_t end = std::min(begin + frame_size, waveform.size());
    double sum = 0;
    for (std::size_t i = begin; i < end; ++i) sum += static_cast<double>(waveform[i]) * waveform[i];
    values.push_back(sum / static_cast<double>(end - begin));
  }
  return values;
}

/// The mean square from which a frame sounds; nothing does when it is above the peak.
double sounding_from(const std::vector<double>& frames, const ExtentRule& rule) {
  std::vector<double> levels;
  for (const double value : frames) {
    if (in_db(value) > kDigitalSilenceDb) levels.push_back(in_db(value));
  }
  if (levels.empty()) return 1e9;
  std::sort(levels.begin(), levels.end());
  const double peak = levels.back(), floor = levels[levels.size() / 10];
  const double from =
      std::max(peak - rule.below_peak_db, std::min(floor + rule.above_floor_db, peak - kAlwaysSoundingDb));
  return std::pow(10, from / 10);
}

}  // namespace

std::vector<Extent> sounding_extents(const std::vector<float>& waveform, int sample_rate_hz, const ExtentRule& rule) {
  const auto frame_size = static_cast<std::size_t>(std::max(1L, std::lrint(kFrameS * sample_rate_hz)));
  const auto frames = frame_mean_squares(waveform, frame_size);
  const double from = sounding_from(frames, rule);
  const double pause_frames = rule.longest_pause_s / kFrameS + 1e-6;
  std::vector<Extent> extents;
  std::size_t last = 0, counted = 0;  // the newest sounding frame; how many the newest extent has
  for (std::size_t i = 0; i < frames.size(); ++i) {
    if (frames[i] < from) continue;
    const bool joins = !extents.empty() && static_cast<double>(i - last - 1) <= pause_frames;
    if (!joins) {
      extents.push_back({i * frame_size, 0, 0});
      counted = 0;
    }
    Extent& extent = extents.back();
    extent.end = std::min((i + 1) * frame_size, waveform.size());
    extent.mean_square += (frames[i] - extent.mean_square) / static_cast<double>(++counted);
    last = i;
  }
  const double shortest = rule.shortest_s * sample_rate_hz;
  extents.erase(
      std::remove_if(extents.begin(), extents.end(),
                     [&](const Extent& extent) { return static_cast<double>(extent.end - extent.begin) < shortest; }),
      extents.end());
  return extents;
}

}  // namespace soundfold::soundscapes
